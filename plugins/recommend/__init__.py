"""The built-in recommenders."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The models of this folder, each in the module of its name."""
    return [
        ModelEntry("recommend", name, f"plugins.recommend.{module}:{class_name}", help_line)
        for name, module, class_name, help_line in (
            (
                "als",
                "als",
                "Als",
                "Factors of viewers and titles, which tell what somebody likes from what he does not.",
            ),
            (
                "blend",
                "blend",
                "Blend",
                "A weighted blend of other models, whose weights are found on held-out likes unless you give them.",
            ),
            (
                "bpr",
                "bpr",
                "Bpr",
                "Factors that rank what a viewer liked before what he did not: a well-known reference.",
            ),
            (
                "content",
                "content",
                "Content",
                "Titles like what you liked, by genres, cast, tags and plot; unseen ones too.",
            ),
            ("ease", "ease", "Ease", "Linear model of each title on all others: accurate, fast, and it says why."),
            (
                "hybrid",
                "hybrid",
                "Hybrid",
                "Linear model of each title by likes and by genres, cast, tags and plot; unseen ones too.",
            ),
            ("item-knn", "item_knn", "ItemKnn", "Titles that the same viewers like as what you liked."),
            (
                "multvae",
                "multvae",
                "MultVae",
                "A network that packs what you liked into a code, and unpacks what you may like.",
            ),
            ("popular", "popular", "Popular", "Titles that most viewers liked: the baseline."),
            (
                "rp3beta",
                "rp3beta",
                "Rp3Beta",
                "Titles that a random walk over who liked what leads to, the popular ones held back.",
            ),
            (
                "sasrec",
                "sasrec",
                "SasRec",
                "A transformer that reads what you liked in the order of time, and says what comes next.",
            ),
            ("slist", "slist", "Slist", "Titles that go with what you liked, and that others liked next."),
            ("user-knn", "user_knn", "UserKnn", "Titles that the viewers most like you liked."),
        )
    ]
