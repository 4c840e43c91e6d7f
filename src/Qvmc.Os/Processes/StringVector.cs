using System.Runtime.InteropServices;

namespace Qvmc.Os.Processes;

/// <summary>A NULL-terminated array of C strings.</summary>
internal sealed unsafe class StringVector : IDisposable
{
    private readonly List<nint> _strings = [];

    internal StringVector(IEnumerable<string> strings)
    {
        foreach (var s in strings)
        {
            if (s.Contains('\0'))
            {
                throw new ArgumentException("an argument holds a NUL character", nameof(strings));
            }

            _strings.Add(Marshal.StringToCoTaskMemUTF8(s));
        }

        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_strings.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < _strings.Count; i++)
        {
            Pointer[i] = (byte*)_strings[i];
        }
    }

    internal byte** Pointer { get; }

    public void Dispose()
    {
        _strings.ForEach(Marshal.FreeCoTaskMem);
        NativeMemory.Free(Pointer);
    }
}
