namespace Qvmc.Controller.Nodes;

/// <summary>Delays between attempts: doubling, with a random quarter so that many do not come back at once.</summary>
internal static class Backoff
{
    /// <summary>The delay after so many failures, from <paramref name="first"/> to at most <paramref name="most"/>.</summary>
    public static TimeSpan Delay(int failures, TimeSpan first, TimeSpan most)
    {
        var doubled = first * Math.Pow(2, Math.Min(failures, 20));
        return (doubled < most ? doubled : most) * (0.75 + (Random.Shared.NextDouble() / 4));
    }
}
