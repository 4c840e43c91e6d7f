using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Pulls;

/// <summary>Pulls the image of an instance again that waits for one in vain.</summary>
internal sealed class PullRetry(InstanceTable table, ImageTable images, ImageReferences references, ImagePulls pulls)
{
    /// <summary>
    /// Before a start is stored, so that what is stored can come true. Returns whether a pull was begun.
    /// </summary>
    /// <param name="name">The instance that is to be started.</param>
    /// <param name="etag">The etag it must have; a start that will be refused for it begins nothing.</param>
    public async Task<bool> RunAsync(string name, string etag)
    {
        if (table.Find(name) is not { } state || !IsInVain(state))
        {
            return false;
        }

        Etag.Check(etag, state);
        try
        {
            await pulls.NeedAsync(references.ToPull(state.Record.Instance.Spec.Image));
            return true;
        }
        catch (FaultException e) when (e.Code is FaultCode.NotFound or FaultCode.FailedPrecondition)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"instance {Shown.Quote(name)} can't be started: {e.Message}", inner: e);
        }
    }

    private bool IsInVain(InstanceState state)
    {
        var image = state.Record.Instance.Spec.Image;
        return ImageNeed.IsOpen(state.Record) && state.Record.Instance.DeleteTime is null && images.Find(image) is null && !pulls.IsUnderWay(image);
    }
}
