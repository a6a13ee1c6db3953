"""Music: notes on a grid, files, what makes a piece a copy, and measures, by values worked out by hand."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import UnknownNameError, UsageError
from toolkit.materials import music_measures as measures
from toolkit.materials.music import Music, MusicRequest, MusicWishes, Pieces
from toolkit.materials.music_files import instrument, notes_of, write_midi
from toolkit.materials.music_reading import piece_named, pieces_of_notes
from toolkit.testing.made_music import cadences, piece, pieces_of
from warehouse.sources.music import read_midi


def on_grid(*notes: tuple[int, float, float], like: Pieces | None = None) -> Pieces:
    """One piece of (pitch, start_beat, beats)."""
    schema = {"pitch": pl.Int16, "start_beat": pl.Float64, "beats": pl.Float64}
    frame = pl.DataFrame(list(notes), schema=schema, orient="row")
    return pieces_of_notes(frame, np.zeros(len(notes), dtype=np.int64), [np.nan], [""], ["one"], like)


class TestGrid:
    def test_quarter_notes_need_one_step_each_and_silence_is_minus_one(self) -> None:
        found = on_grid((60, 0, 1), (64, 0, 1), (62, 2, 1))
        assert (found.steps_per_beat, found.voices) == (1, 2)
        assert found.chords[0].tolist() == [[64, 60], [-1, -1], [62, -1]]
        assert not found.held[0].any()

    def test_what_lasts_goes_on_and_what_is_struck_again_does_not(self) -> None:
        found = on_grid((60, 0, 2), (64, 0, 1), (64, 1, 1))
        assert found.chords[0].tolist() == [[64, 60], [64, 60]]
        assert found.held[0].tolist() == [[False, False], [False, True]]

    @pytest.mark.parametrize(("start", "grid"), [(1.0, 1), (0.5, 2), (0.25, 4), (1 / 3, 4)])
    def test_the_coarsest_grid_that_fits_is_taken(self, start: float, grid: int) -> None:
        assert on_grid((60, 0, 1), (60, 2 + start, 1)).steps_per_beat == grid

    def test_of_too_many_pitches_the_lowest_and_the_highest_stay(self) -> None:
        found = on_grid(*((pitch, 0, 1) for pitch in range(60, 72)))
        assert found.chords[0].tolist() == [[71, 70, 69, 68, 67, 66, 65, 60]]

    def test_pitches_beside_the_piano_are_moved_by_octaves(self) -> None:
        assert on_grid((0, 0, 1), (127, 0, 1)).chords[0].tolist() == [[103, 24]]

    def test_another_piece_is_put_on_the_grid_of_those_that_were_learnt_from(self) -> None:
        like = pieces_of(piece((60, 55), voices=2))
        found = on_grid((60, 0, 2), (64, 0, 0.5), (65, 0, 1), like=like)
        assert (found.steps_per_beat, found.voices) == (1, 2)
        assert found.chords[0].tolist() == [[65, 60], [60, -1]]
        assert not found.held[0].any()


class TestFiles:
    @given(st.integers(0, 10_000))
    @settings(max_examples=30, deadline=None)
    def test_what_is_written_is_read_again(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        pitches = [
            sorted(rng.choice(np.arange(40, 80), int(rng.integers(4)), replace=False).tolist()) for _ in range(9)
        ]
        chords = piece(*(tuple(reversed(chord)) for chord in pitches), (60,))
        held = np.zeros(chords.shape, dtype=np.bool_)
        before = np.vstack([np.full((1, 3), -2), chords[:-1]])
        possible = (chords[:, :, None] == before[:, None, :]).any(axis=2) & (chords >= 0)
        held[possible] = rng.random(int(possible.sum())) < 0.5
        assert len(notes_of(chords, held)) == ((chords >= 0) & ~held).sum()
        with TemporaryDirectory() as folder:
            write_midi(chords, held, 1, 120.0, (0,), Path(folder) / "a.mid")
            notes, _ = read_midi(Path(folder) / "a.mid")
        like = Pieces((chords,), (held,), 1, 3, (np.nan,), ("",), ("written",))
        found = pieces_of_notes(notes, np.zeros(len(notes), dtype=np.int64), [np.nan], [""], ["read"], like)
        np.testing.assert_array_equal(found.chords[0], chords)
        np.testing.assert_array_equal(found.held[0], held)

    def test_tempo_instruments_and_notes_are_in_the_file(self, tmp_path: Path) -> None:
        one = pieces_of(piece((67, 64, 60), (67, 65, 60), (), (72,)), held=True)
        write_midi(one.chords[0], one.held[0], 1, 96.0, (73, 42), tmp_path / "a.mid")
        notes, tempo = read_midi(tmp_path / "a.mid")
        assert tempo == pytest.approx(96, rel=1e-5)
        found = notes.sort("start_beat", "pitch").select("voice", "pitch", "start_beat", "beats", "program").rows()
        assert found == [
            (3, 60, 0.0, 2.0, 42), (2, 64, 0.0, 1.0, 42), (1, 67, 0.0, 2.0, 73), (2, 65, 1.0, 1.0, 42),
            (1, 72, 3.0, 1.0, 73),
        ]  # fmt: skip

    def test_instruments_have_names_and_numbers(self) -> None:
        assert (instrument("Flute"), instrument("electric piano"), instrument("0")) == (73, 4, 0)
        with pytest.raises(UnknownNameError, match="did you mean 'flute'"):
            instrument("flut")
        with pytest.raises(UnknownNameError, match="from 0 to 127"):
            instrument("128")


class TestCopies:
    def test_a_stretch_in_another_key_is_a_copy_and_other_chords_are_not(self) -> None:
        walks = np.cumsum(np.random.default_rng(1).integers(-3, 4, size=(3, 16)), axis=1)
        known = pieces_of(*(piece(*((72 + note, 60 - note % 5) for note in walk)) for walk in walks.tolist()))
        stretch = np.where(known.chords[1][3:12] > 0, known.chords[1][3:12] - 5, -1).astype(np.int16)
        other = piece(*((80 - step * step % 17, 50 + 3 * step % 11) for step in range(12)))
        sampled = pieces_of(stretch, other)
        places, apart = Music().nearest(sampled, known)
        assert (places[0], apart[0]) == (1, 0)
        assert apart[1] == 1

    def test_half_a_copy_is_at_a_half(self) -> None:
        """Of 8 steps from chord to chord 5 runs of 4 are made; 2 of them, with the first 5 steps, are known."""
        known = pieces_of(piece(*((60 + step * step % 7, 50 + step) for step in range(9))))
        half = known.chords[0].copy()
        half[6:, 0] += 1
        _, apart = Music().nearest(pieces_of(half), known)
        assert apart[0] == pytest.approx(1 - 2 / 5)

    def test_silence_has_no_key(self) -> None:
        assert Music().keys(pieces_of(piece((), ()), piece((60,), ())))[0] == ""
        keys = Music().keys(pieces_of(piece((60,), ()), piece((60,), ()), piece((61,), ())))
        assert keys[0] == keys[1] != keys[2]


class TestMeasures:
    def test_scale(self) -> None:
        major = piece((60,), (62,), (64,), (65,), (67,), (69,), (71,), (72,))
        assert measures.in_scale([major]) == 1
        assert measures.in_scale([major + 3]) == 1
        # Of the twelve pitch classes, a scale has seven.
        assert measures.in_scale([piece(*((60 + step,) for step in range(12)))]) == pytest.approx(7 / 12)
        assert measures.in_scale([piece((), ())]) == 0

    def test_pitch_classes_and_their_overlap(self) -> None:
        shares = measures.pitch_classes([piece((72, 60), (67,), ())])
        assert shares[0] == pytest.approx(2 / 3)
        assert shares[7] == pytest.approx(1 / 3)
        assert measures.overlap(shares, measures.pitch_classes([piece((67,), (62,))])) == pytest.approx(1 / 3)

    def test_empty_beats_and_polyphony(self) -> None:
        one = piece((60, 64), (), (), (62,), ())
        assert measures.empty_beats([one], 1) == pytest.approx(3 / 5)
        assert measures.empty_beats([one], 2) == pytest.approx(1 / 3)
        assert measures.polyphony([one]) == pytest.approx(1.5)


class TestWishes:
    corpus = cadences(4)

    def test_files_and_loaded_pieces_can_be_named(self, tmp_path: Path) -> None:
        write_midi(self.corpus.chords[2], self.corpus.held[2], 1, 60, (0,), tmp_path / "c.mid")
        request = MusicRequest(interpolate=(str(tmp_path / "c.mid"), "piece 1"), instrument=("harp",))
        found = Music().wishes(request, self.corpus)
        assert found.between is not None
        assert found.between.names == ("c.mid", "piece 1")
        np.testing.assert_array_equal(found.between.chords[0], self.corpus.chords[2])
        assert (found.tempo, found.instruments) == (100, (46,))
        assert Music().guided(found)

    @pytest.mark.parametrize(
        ("request_", "error", "line"),
        [
            (MusicRequest(vary="piece 9"), UnknownNameError, "did you mean 'piece"),
            (MusicRequest(vary="piece 1", interpolate=("piece 1", "piece 2")), UsageError, "exclude"),
        ],
    )
    def test_what_cannot_be(self, request_: MusicRequest, error: type[Exception], line: str) -> None:
        with pytest.raises(error, match=line):
            Music().wishes(request_, self.corpus)

    def test_a_text_file_is_no_piece(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("C D E")
        with pytest.raises(UsageError, match="no MIDI file"):
            piece_named(str(tmp_path / "a.txt"), self.corpus)

    def test_nothing_in_particular_is_sixteen_bars(self) -> None:
        assert Music().wishes_to_judge(self.corpus, 0.9) == MusicWishes(16, temperature=0.9)


class TestParts:
    def test_files_say_and_otherwise_a_hash_does(self) -> None:
        corpus = cadences(60)
        fixed = ("train",) * 10 + ("test",) * 5 + ("valid",) * 5 + ("",) * 40
        parts = Music().parts(Pieces(corpus.chords, corpus.held, 1, 3, corpus.tempos, fixed, corpus.names))
        assert set(range(10)) <= set(parts.train.tolist())
        assert set(range(10, 15)) <= set(parts.test.tolist())
        assert sorted(np.concatenate([parts.train, parts.valid, parts.test]).tolist()) == list(range(60))

    @pytest.mark.parametrize("fixed", ["", "train"])
    def test_of_few_or_of_one_part_alone_some_are_held_out(self, fixed: str) -> None:
        few = cadences(5)
        parts = Music().parts(Pieces(few.chords, few.held, 1, 3, few.tempos, (fixed,) * 5, few.names))
        assert (len(parts.train), len(parts.valid), len(parts.test)) == (3, 1, 1)
