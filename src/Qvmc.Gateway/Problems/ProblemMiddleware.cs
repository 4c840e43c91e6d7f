using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Gateway.Problems;

/// <summary>Turns whatever went wrong, and whatever nobody answered, into a problem.</summary>
internal static partial class ProblemMiddleware
{
    public static void Use(IApplicationBuilder app)
    {
        var log = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Qvmc.Gateway");
        app.Use(next => http => AnswerAsync(http, next, log));
    }

    private static async Task AnswerAsync(HttpContext http, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(http);
            await (Unanswered(http)?.WriteAsync(http) ?? Task.CompletedTask);
        }
        catch (Exception e)
        {
            var problem = Judge(http, e, log);
            if (http.RequestAborted.IsCancellationRequested)
            {
                return;
            }
            if (http.Response.HasStarted)
            {
                // Too late for a status: the client must see that the answer is not whole.
                http.Abort();
                return;
            }
            await problem.WriteAsync(http);
        }
    }

    // Routing answers 404 and 405 without a word.
    private static Problem? Unanswered(HttpContext http) => http.Response.HasStarted ? null : http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ProblemKinds.NoSuchPath(http.Request.Path),
        StatusCodes.Status405MethodNotAllowed => ProblemKinds.MethodNotAllowed(http.Request.Method, http.Request.Path, http.Response.Headers.Allow.ToString()),
        _ => null,
    };

    private static Problem Judge(HttpContext http, Exception e, ILogger log)
    {
        switch (e)
        {
            case ProblemException refused:
                return refused.Problem;
            case FaultException fault:
                return Problem.Of(fault);
            case RpcException rpc:
                return Problem.Of(ControllerFaults.Of(rpc));
            case BadHttpRequestException bad:
                return ProblemKinds.Refused(bad);
            case ConnectionResetException or OperationCanceledException when http.RequestAborted.IsCancellationRequested:
            case OperationCanceledException { InnerException: TimeoutException }:
                return Problem.Of(new FaultException(FaultCode.Unavailable, "the client is gone"));
            default:
                var incident = RandomNumberGenerator.GetHexString(12, lowercase: true);
                LogDefect(log, e, http.Request.Method, http.Request.Path, incident);
                return Problem.Of(new FaultException(FaultCode.Internal, $"internal error; the gateway's log says more under incident {incident}"));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path}: incident {Incident}")]
    private static partial void LogDefect(ILogger log, Exception exception, string method, string path, string incident);
}
