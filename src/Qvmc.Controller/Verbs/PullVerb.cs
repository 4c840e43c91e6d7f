using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Qvmc.Controller.Images;
using Qvmc.Controller.Pulls;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Pulls images.</summary>
internal sealed class PullVerb(
    ImagePulls pulls, ImageReferences references, ImageViews views, ImportDirectories imports, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // A pull takes as long as it takes; what bounds the wait is the caller's patience.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <summary>Stores the pull, and waits for its end if that is asked for.</summary>
    public async Task<PullImageResponse> RunAsync(PullImageRequest request, ServerCallContext call)
    {
        FaultException.ThrowIfAny(PullRules.Check(request));
        var wanted = request.Url.Length > 0 ? PullRules.Wanted(request) : references.ToPull(request.Name);
        CheckFiles(wanted);
        var run = await pulls.BeginAsync(wanted);
        if (request.Wait)
        {
            await WaitAsync(run, call);
        }

        return new PullImageResponse { Image = views.Get(wanted.Name) };
    }

    // What can be seen at once is said at once.
    private void CheckFiles(PullRecord wanted)
    {
        foreach (var url in wanted.Urls.Select(u => new Uri(u)).Where(u => u.IsFile))
        {
            imports.Open(url.LocalPath).Dispose();
        }
    }

    private async Task WaitAsync(PullRun run, ServerCallContext call)
    {
        var name = Shown.Quote(run.Record.Name);
        using var limit = new CallLimit(LongestWait, call, lifetime, time);
        try
        {
            if (await run.Ended.WaitAsync(limit.Token) is { } fault)
            {
                throw new FaultException(fault.Code, $"image {name} could not be pulled: {fault.Message}", fault.Fields, fault);
            }
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            limit.ThrowUnlessTime();
            var progress = views.Find(run.Record.Name)?.Progress;
            var how = progress is null ? "" : $": {progress.DoneBytes >> 20} of {(progress.TotalBytes == 0 ? "?" : progress.TotalBytes >> 20)} MiB came";
            throw new FaultException(FaultCode.Timeout, $"image {name} is not here after {limit.Length.TotalSeconds:0.#} s{how}; the pull goes on");
        }
    }
}
