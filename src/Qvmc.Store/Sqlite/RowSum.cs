using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// Checksums of what is stored: 64 bits of SHA-256, because SQLite has none of the database's own pages, and a bit that
/// a disk has changed within a value would be served as the user's. Those of all entries are joined by exclusive or, in
/// any order, so that each write changes the joint one at no cost.
/// </summary>
internal static class RowSum
{
    internal static long Of(StoreEntry entry) => Of(entry.Key, entry.Revision, entry.Value);

    /// <summary>Of a row; a null value is a deletion.</summary>
    internal static long Of(string key, long revision, ReadOnlyMemory<byte>? value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var text = Encoding.UTF8.GetBytes(key);
        Span<byte> head = stackalloc byte[13];
        BinaryPrimitives.WriteInt64LittleEndian(head, revision);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], text.Length);
        head[12] = value is null ? (byte)0 : (byte)1;
        hash.AppendData(head);
        hash.AppendData(text);
        hash.AppendData((value ?? default).Span);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadInt64LittleEndian(digest);
    }

    internal static long OfAll(IEnumerable<StoreEntry> entries) => entries.Aggregate(0L, With);

    internal static long With(long all, StoreEntry entry) => all ^ Of(entry);

    internal static long Without(long all, StoreEntry entry) => all ^ Of(entry);

    /// <summary>Makes them known to SQL, for migrations.</summary>
    internal static void Define(SqliteConnection connection)
    {
        connection.CreateFunction("qvmc_sum", (string key, long revision, byte[]? value) => Of(key, revision, value is null ? default(ReadOnlyMemory<byte>?) : value), isDeterministic: true);
        connection.CreateAggregate("qvmc_all", 0L, (long all, long sum) => all ^ sum, isDeterministic: true);
    }
}
