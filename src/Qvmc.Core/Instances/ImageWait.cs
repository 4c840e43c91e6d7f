using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>What is known of an image that instances may wait for.</summary>
/// <param name="Arrival">Where it is.</param>
/// <param name="Image">The image, when it is here.</param>
/// <param name="Message">How far it is, or why it does not come, as a sentence; empty when it is here.</param>
/// <param name="Since">Since when it is so.</param>
public sealed record ImageWait(ImageArrival Arrival, ImageRecord? Image, string Message, Timestamp? Since);
