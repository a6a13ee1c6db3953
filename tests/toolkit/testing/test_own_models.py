"""cinekit's own models keep their contracts, as a stranger's have to."""

from __future__ import annotations

from plugins.recommend.als import Als
from plugins.recommend.ease import Ease
from plugins.recommend.popular import Popular
from toolkit.testing import (
    AnalyzerContract,
    ClassifierContract,
    ForecasterContract,
    GeneratorContract,
    RecommenderContract,
)


class TestPopular(RecommenderContract):
    model = Popular
    settings = {"count": "seen", "halve_after": 30.0}


class TestItemKnn(RecommenderContract):
    model = "item-knn"
    settings = {"similarity": "jaccard", "neighbours": 5}


class TestEase(RecommenderContract):
    model = Ease


class TestContent(RecommenderContract):
    model = "content"
    settings = {"profile": "centred"}


class TestAls(RecommenderContract):
    model = Als
    settings = {"factors": 4}


class TestBlend(RecommenderContract):
    model = "blend"


class TestSeasonalNaive(ForecasterContract):
    model = "seasonal-naive"


class TestTheta(ForecasterContract):
    model = "theta"


class TestHoltWinters(ForecasterContract):
    model = "holt-winters"


class TestRecency(ClassifierContract):
    model = "recency"


class TestMarkov(ClassifierContract):
    model = "markov"


class TestLogisticOfCustomers(ClassifierContract):
    model = "logistic"
    task = "customer-churn"


class TestTitlesNgram(GeneratorContract):
    model = "titles-ngram"


class TestScriptNgram(GeneratorContract):
    model = "script-ngram"


class TestMetadataIndependent(GeneratorContract):
    model = "metadata-independent"


class TestScript(AnalyzerContract):
    model = "script"


class TestSubtitles(AnalyzerContract):
    model = "subtitles"
