namespace Qvmc.Images.Catalogue;

/// <summary>Somewhere that a catalogue comes from and may change.</summary>
public interface ICatalogueOrigin
{
    /// <summary>The catalogue as it is now. Never fails: what is in the way is told. Quick, and callable from any thread.</summary>
    CatalogueReading Read();
}
