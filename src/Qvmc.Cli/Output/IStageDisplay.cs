namespace Qvmc.Cli.Output;

/// <summary>Shows how far something is while a verb waits for it. On standard error: data goes to standard output.</summary>
internal interface IStageDisplay
{
    /// <summary>Says how far it is; the same again changes nothing. Callable from any thread.</summary>
    /// <param name="name">What.</param>
    /// <param name="stage">How far, in a few words.</param>
    void Show(string name, string stage);

    /// <summary>Says how many bytes are done.</summary>
    /// <param name="name">What.</param>
    /// <param name="stage">What is being done, in a few words.</param>
    /// <param name="done">Bytes that are done.</param>
    /// <param name="total">Bytes that there are; 0: not known.</param>
    void Show(string name, string stage, ulong done, ulong total);
}
