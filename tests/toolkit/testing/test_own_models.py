"""cinekit's own models keep their contracts, as a stranger's have to."""

from __future__ import annotations

import pytest

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


@pytest.mark.slow
class TestBlend(RecommenderContract):
    model = "blend"


class TestSeasonalNaive(ForecasterContract):
    model = "seasonal-naive"


class TestTheta(ForecasterContract):
    model = "theta"


@pytest.mark.slow
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


@pytest.mark.slow
class TestScriptNgram(GeneratorContract):
    model = "script-ngram"


@pytest.mark.slow
class TestTitlesGru(GeneratorContract):
    model = "titles-gru"
    settings = {"units": 8, "epochs": 1}


@pytest.mark.slow
class TestLstmOfSeries(ForecasterContract):
    model = "lstm"
    settings = {"epochs": 1}


@pytest.mark.slow
class TestGradientBoosting(ForecasterContract):
    model = "gradient-boosting"
    settings = {"models": 1, "trees": 30}


@pytest.mark.slow
class TestLstmOfViewers(ClassifierContract):
    model = "viewer-lstm"
    settings = {"epochs": 1}


@pytest.mark.slow
class TestSasRec(RecommenderContract):
    model = "sasrec"
    settings = {"epochs": 1, "blocks": 1, "units": 8, "length": 10}


class TestMetadataIndependent(GeneratorContract):
    model = "metadata-independent"


class TestScript(AnalyzerContract):
    model = "script"


@pytest.mark.slow
class TestSubtitles(AnalyzerContract):
    model = "subtitles"
