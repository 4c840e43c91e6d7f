using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>The images that instances may wait for.</summary>
internal sealed partial class InstanceTable
{
    private readonly Dictionary<string, ImageWait> _images = new(StringComparer.Ordinal);

    /// <summary>What is known of the image of a name now; null: nothing.</summary>
    public void ImageChanged(string image, ImageWait? wait)
    {
        lock (_lock)
        {
            if (wait is null)
            {
                _images.Remove(image);
            }
            else
            {
                _images[image] = wait;
            }

            foreach (var state in _states.Values.Where(s => ImageNeed.IsOpen(s.Record) && s.Record.Instance.Spec.Image == image))
            {
                Set(state, state with { Seen = state.Seen with { Image = wait } });
            }
        }
    }

    private ImageWait? WaitOf(InstanceRecord record) => ImageNeed.IsOpen(record) ? _images.GetValueOrDefault(record.Instance.Spec.Image) : null;
}
