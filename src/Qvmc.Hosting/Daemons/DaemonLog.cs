using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Daemons;

/// <summary>What a daemon logs, to standard error.</summary>
public static class DaemonLog
{
    private static readonly string[] Levels = ["debug", "info", "warn", "error"];
    private static readonly string[] Formats = ["text", "json"];

    /// <summary>Checks the settings. Null is the same as none given.</summary>
    public static IReadOnlyList<FieldFault> Check(Log? log, string field)
    {
        var faults = new List<FieldFault>();
        Check(log?.Level, Levels, $"{field}.level", faults);
        Check(log?.Format, Formats, $"{field}.format", faults);
        return faults;
    }

    internal static void Configure(ILoggingBuilder logging, Log? log)
    {
        var level = log?.Level switch
        {
            "debug" => LogLevel.Debug,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        };
        logging.SetMinimumLevel(level);
        // The framework says every request at info. What we do is news; what it does is for those who debug.
        var framework = level == LogLevel.Debug ? LogLevel.Information : LogLevel.Warning;
        logging.AddFilter("Microsoft", framework).AddFilter("Grpc", framework).AddFilter("System", framework);
        // Its server logs every exception of a handler, which FaultInterceptor has already judged.
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", level == LogLevel.Debug ? LogLevel.Error : LogLevel.None);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (log?.Format == "json")
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
        else
        {
            logging.AddSimpleConsole(text =>
            {
                text.SingleLine = true;
                text.UseUtcTimestamp = true;
                text.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                text.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    }

    private static void Check(string? given, string[] known, string field, List<FieldFault> faults)
    {
        if (!string.IsNullOrEmpty(given) && !known.Contains(given, StringComparer.Ordinal))
        {
            faults.Add(new FieldFault(field, $"wants one of {string.Join(", ", known.Select(k => $"\"{k}\""))}; got \"{given}\""));
        }
    }
}
