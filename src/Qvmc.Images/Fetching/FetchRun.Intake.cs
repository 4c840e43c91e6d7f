using Qvmc.Core.Faults;
using Qvmc.Images.Intake;

namespace Qvmc.Images.Fetching;

// How bytes become an image: compressed ones while they come, others when they are complete.
internal sealed partial class FetchRun
{
    private async Task<ImageBlob> TakeInAsync(CancellationToken ct)
    {
        pull.Bytes.Complete();
        meter.Preparing(pull.Length);
        try
        {
            ImageBlob blob;
            if (_feed is null)
            {
                blob = await store.AdoptAsync(pull.Bytes, Expectation(pull.Length), ct);
            }
            else
            {
                _feed.Pass();
                blob = await _feed.Image;
            }

            await StopFeedAsync();
            pull.Bytes.Delete();
            return blob;
        }
        catch (FaultException e) when (e.Code == FaultCode.InvalidArgument)
        {
            await BeginAnewAsync();
            if (expected is not null)
            {
                // What the publisher means to be there: no mirror has anything else.
                throw;
            }

            throw Useless(e);
        }
    }

    // Begins to take in what comes, if it is compressed; or hears that it is of no use.
    private async Task FeedAsync(CancellationToken ct)
    {
        if (_feed is null)
        {
            if (Compression.IsSeen(pull.Bytes))
            {
                _feed = new IntakeFeed(store, pull.Bytes, Expectation(pull.Total), ct);
            }
        }
        else if (_feed.Image.IsFaulted)
        {
            try
            {
                await _feed.Image;
            }
            catch (FaultException e) when (e.Code == FaultCode.InvalidArgument)
            {
                await BeginAnewAsync();
                throw Useless(e);
            }
        }
    }

    private static SourceException Useless(FaultException e) => new($"has bytes that are of no use: {e.Message}", e) { Final = true, Code = e.Code };

    private async Task BeginAnewAsync()
    {
        await StopFeedAsync();
        pull.Restart();
    }

    private async Task StopFeedAsync()
    {
        if (_feed is { } feed)
        {
            _feed = null;
            await feed.DisposeAsync();
        }
    }
}
