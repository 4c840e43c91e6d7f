namespace Qvmc.Store.Tests.Processes;

/// <summary>
/// A disk that keeps what POSIX promises and no more: bytes when their file was synced, names when their directory was.
/// Of all else a power cut leaves any part: sectors of 512 bytes whole or not at all, in any order.
/// </summary>
internal sealed class PowerCut
{
    private const int Sector = 512;

    private readonly Dictionary<string, DiskFile> _names = [];
    private readonly List<(string Path, Action<Dictionary<string, DiskFile>> Change)> _pendingNames = [];
    private readonly Dictionary<string, DiskFile> _durableNames = [];

    /// <summary>Carries a call out.</summary>
    internal void Apply(SystemCall call)
    {
        switch (call.Name)
        {
            case "openat" when !_names.ContainsKey(call.Path):
                var made = new DiskFile();
                Rename(call.Path, names => names[call.Path] = made);
                break;
            case "unlink":
                Rename(call.Path, names => names.Remove(call.Path));
                break;
            case "rename":
                var moved = _names[call.Path];
                Rename(call.Path, names =>
                {
                    names.Remove(call.Path);
                    names[call.Target] = moved;
                });
                break;
            case "pwrite64":
                _names[call.Path].Pending.Add(call);
                break;
            case "ftruncate":
                _names[call.Path].Pending.Add(call);
                break;
            case "fsync" or "fdatasync" when _names.TryGetValue(call.Path, out var file):
                file.Durable = file.With(file.Pending);
                file.Pending.Clear();
                break;
            case "fsync" or "fdatasync":
                foreach (var (_, change) in _pendingNames.Where(p => Path.GetDirectoryName(p.Path) == call.Path))
                {
                    change(_durableNames);
                }

                _pendingNames.RemoveAll(p => Path.GetDirectoryName(p.Path) == call.Path);
                break;
        }
    }

    /// <summary>What is on the disk afterwards.</summary>
    /// <param name="chance">Decides what of the rest is there; null: all of it, as after a mere kill.</param>
    internal IEnumerable<(string Path, byte[] Bytes)> Cut(Random? chance)
    {
        var names = new Dictionary<string, DiskFile>(_durableNames);
        // Names are journalled in order: a later change is never there without the one before it.
        foreach (var (_, change) in _pendingNames.Take(chance?.Next(_pendingNames.Count + 1) ?? _pendingNames.Count))
        {
            change(names);
        }

        return names.Select(n => (n.Key, n.Value.With(chance is null ? n.Value.Pending : n.Value.Pending.SelectMany(c => Torn(c, chance)))));
    }

    private void Rename(string path, Action<Dictionary<string, DiskFile>> change)
    {
        change(_names);
        _pendingNames.Add((path, change));
    }

    private static IEnumerable<SystemCall> Torn(SystemCall call, Random chance)
    {
        if (call.Name == "ftruncate")
        {
            return chance.Next(2) == 0 ? [call] : [];
        }

        // As often nothing or all of it as some.
        var keep = chance.Next(4);
        var sectors = new List<SystemCall>();
        for (var at = 0L; at < call.Bytes.Length;)
        {
            var length = (int)Math.Min(Sector - ((call.Number + at) % Sector), call.Bytes.Length - at);
            if (keep == 0 || (keep > 1 && chance.Next(2) == 0))
            {
                sectors.Add(call with { Bytes = call.Bytes[(int)at..((int)at + length)], Number = call.Number + at });
            }

            at += length;
        }

        return sectors;
    }

    private sealed class DiskFile
    {
        public byte[] Durable { get; set; } = [];

        public List<SystemCall> Pending { get; } = [];

        public byte[] With(IEnumerable<SystemCall> calls)
        {
            var bytes = Durable.ToArray();
            foreach (var call in calls)
            {
                Array.Resize(ref bytes, call.Name == "ftruncate" ? (int)call.Number : Math.Max(bytes.Length, (int)call.Number + call.Bytes.Length));
                call.Bytes.CopyTo(bytes, (int)call.Number);
            }

            return bytes;
        }
    }
}
