"""The built-in analyzers, and models of sentiment, registered without importing any of them."""

from __future__ import annotations

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> list[ModelEntry]:
    """Say where the models are."""
    return [
        ModelEntry("analyze", name, f"plugins.analyze.{module}:{class_name}", help_line)
        for name, module, class_name, help_line in (
            ("images", "images", "Images", "Colours, light and faces of images."),
            (
                "nb-svm",
                "nb_svm",
                "NbSvm",
                "Sentiment learnt from labelled reviews: log-count ratios and a linear model.",
            ),
            ("script", "script", "Script", "Scenes, characters, who speaks to whom, pacing and themes of screenplays."),
            ("subtitles", "subtitles", "Subtitles", "Cues, speech rate, silence and speakers of subtitles."),
            ("textblob", "lexicon", "TextBlobLexicon", "Sentiment by TextBlob's lexicon: needs no training."),
            ("video", "video", "Video", "Shots, scenes, colours, light and motion of videos."),
        )
    ]
