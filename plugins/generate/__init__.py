"""The built-in generators, one for each kind of material and way of making it."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The models of this folder, each in the module of its name."""
    return [
        ModelEntry("generate", name, f"plugins.generate.{name.replace('-', '_')}:{class_name}", help_line)
        for name, class_name, help_line in (
            ("effects-vae", "EffectsVae", "Effects: a variational autoencoder on images with transparency."),
            ("effects-wgan-gp", "EffectsWganGp", "Effects: a generator against a critic with a gradient penalty."),
            ("metadata-gan", "MetadataGan", "Metadata: a generator against a critic on rows of titles."),
            ("metadata-independent", "MetadataIndependent", "Metadata: each column by itself, the baseline."),
            ("metadata-vae", "MetadataVae", "Metadata: a variational autoencoder on rows of titles."),
            ("music-gru", "MusicGru", "Music: a recurrent network on chords, voice after voice."),
            ("music-vae", "MusicVae", "Music: a variational autoencoder on bars; can interpolate and vary."),
            ("script-gru", "ScriptGru", "Script: a recurrent network on characters, element after element."),
            ("script-ngram", "ScriptNgram", "Script: what follows the last words, the baseline."),
            ("titles-gan", "TitlesGan", "Titles: a plain generator against a plain discriminator."),
            ("titles-gru", "TitlesGru", "Titles: a recurrent network on characters."),
            ("titles-ngram", "TitlesNgram", "Titles: what follows the last characters, the baseline."),
            ("titles-vae", "TitlesVae", "Titles: a variational autoencoder on characters; can interpolate."),
        )
    ]
