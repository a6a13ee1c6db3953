"""Scripts by n-grams: what follows the last elements, and what the last characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from plugins.generate.script_counts import CountedScripts, CountedSource
from plugins.generate.script_drawing import draw_pages
from plugins.generate.script_stream import each_script, encoded
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.script import Script, Scripts, ScriptWishes
    from toolkit.metrics import Float64


class ScriptNgram(CountedScripts):
    """Script pages by n-grams: what follows the last elements, and what the last characters.

    A script is a sequence of elements: headings, action, cues, dialogue, parentheticals, transitions. A cue is either
    a new name, or tells how long ago somebody has spoken, so that people answer each other. Which element comes next
    depends on the last ones, and each character of its text on the last characters of that text, for each kind of
    element by itself. Both are interpolated Witten-Bell models. Scenes of one mood are counted by themselves too, and
    mixed half and half with all where a mood is wished for. A grammar keeps pages valid: after a cue somebody speaks.

    It costs seconds, and is what a network has to beat.

    Sources: I. Witten & T. Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37, 1991,
    interpolated as in S. Chen & J. Goodman, "An empirical study of smoothing techniques for language modeling", 1999;
    who spoke last first: J. Bentley et al., "A locally adaptive data compression scheme", CACM 29, 1986 (move to
    front).
    """

    name: ClassVar[str] = "script-ngram"

    order: int = setting(5, "Characters of the longest n-gram", ge=2, le=12)

    def fit(self, corpus: Scripts, held_out: Scripts, training: Training) -> None:
        """Count. Raises ModelError where nobody speaks."""
        self._count(corpus, self.order)

    def sample(self, n: int, wishes: ScriptWishes, seed: int) -> Sequence[Script]:
        """Draw n scripts."""
        return draw_pages(self._source(n, wishes.mood), n, wishes, seed, self._alphabet, self._seen)

    def losses(self, corpus: Scripts) -> Float64:
        """(n,) negative log-likelihood of each passage in nats, whatever its mood."""
        streams = encoded(corpus, self._alphabet)
        return each_script(-self._log_probabilities(streams), streams)

    def _source(self, n: int, mood: int | None) -> CountedSource:
        return self._counted(n, mood)
