"""The built-in recommenders."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The models of this folder, each in the module of its name."""
    return [
        ModelEntry("recommend", name, f"plugins.recommend.{module}:{class_name}", help_line)
        for name, module, class_name, help_line in (
            ("content", "content", "Content", "Titles like those liked, by genres, cast, tags and plot words."),
            ("ease", "ease", "Ease", "Closed-form linear autoencoder: accurate, fast, and it says why."),
            ("item-knn", "item_knn", "ItemKNN", "Titles that the same viewers like as those liked."),
            ("popular", "popular", "Popular", "Titles that most viewers like: the baseline."),
            ("user-knn", "user_knn", "UserKNN", "Titles that the most similar viewers like."),
        )
    ]
