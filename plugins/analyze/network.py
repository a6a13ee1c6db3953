"""Who shares scenes and who speaks to whom, and what that network says of each character."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx
    import polars as pl

# Of more characters than these, betweenness is estimated from the shortest paths out of some of them.
_MOST_EXACT, _SOURCES = 300, 100
# A scene of more speakers than these is a list of names, or a script without headings: not all of them are linked.
MOST_SHARING = 100


def link_frame(speeches: pl.DataFrame) -> pl.DataFrame:
    """The rows of results.character_links, out of `speech_frame`; sorted by kind and characters.

    A speech is to whoever spoke last before it in the same scene; the first ones of a scene are to the next other
    speaker. A speech in a scene where nobody else speaks, or that several speak together, is to nobody.

    Source: that adjacent speeches answer each other is the rule of Elson, Dames & McKeown, "Extracting Social Networks
    from Literary Fiction", ACL 2010, for quoted speech; scripts name the speakers.
    """
    import polars as pl

    named = speeches.drop_nulls("character")
    # What several say together is to nobody among them.
    alone = named.filter(~pl.col("together")).with_columns(turn=pl.struct("scene", "character").rle_id())
    turns = alone.group_by("turn", maintain_order=True).agg(pl.col("scene", "character").first())
    # Neighbouring turns of a scene are by different characters.
    before = pl.when(pl.col("scene") == pl.col("scene").shift(1)).then(pl.col("character").shift(1))
    after = pl.when(pl.col("scene") == pl.col("scene").shift(-1)).then(pl.col("character").shift(-1))
    heard = turns.select("turn", to_character=before.fill_null(after))
    speaks = (
        alone.join(heard, on="turn", how="left", maintain_order="left")
        .drop_nulls("to_character")
        .group_by(pl.col("character").alias("from_character"), "to_character")
        .agg(
            pl.col("scene").n_unique().cast(pl.Int32).alias("scenes"),
            pl.len().cast(pl.Int32).alias("speeches"),
            pl.col("words").sum().cast(pl.Int32),
        )
        .with_columns(kind=pl.lit("speaks"))
    )
    return pl.concat([_sharing(named, turns), speaks.select(_LINK_COLUMNS)]).sort(
        "kind", "from_character", "to_character"
    )


_LINK_COLUMNS = ("kind", "from_character", "to_character", "scenes", "speeches", "words")


def _sharing(named: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Pairs who speak in the same scene; in one of many, those whose turns follow each other; none without scenes."""
    import polars as pl

    present = named.select("scene", "character").unique()
    if not (present["scene"] > 0).any():
        present, turns = present.clear(), turns.clear()
    many = pl.len().over("scene") > MOST_SHARING
    crowded = present.filter(many)["scene"].unique().implode()
    before = pl.when(pl.col("scene") == pl.col("scene").shift(1)).then(pl.col("character").shift(1))
    follow = (
        turns.filter(pl.col("scene").is_in(crowded))
        .select("scene", "character", before=before)
        .drop_nulls("before")
        .select("scene", one=pl.min_horizontal("before", "character"), other=pl.max_horizontal("before", "character"))
        .unique()
        .select(from_character="one", to_character="other", scenes=pl.lit(1, pl.Int32))
    )
    return (
        pl.concat([_pairs(present.filter(~many)), follow])
        .group_by("from_character", "to_character")
        .agg(pl.col("scenes").sum().cast(pl.Int32))
        .select(
            pl.lit("shares").alias("kind"),
            "from_character",
            "to_character",
            "scenes",
            pl.lit(None, pl.Int32).alias("speeches"),
            pl.lit(None, pl.Int32).alias("words"),
        )
    )


def _pairs(present: pl.DataFrame) -> pl.DataFrame:
    """Each pair of characters with the number of scenes of both, out of who is present in which."""
    import polars as pl
    from scipy.sparse import csr_array, triu

    names = present["character"].unique().sort()
    scene = present["scene"].rank("dense").to_numpy().astype(np.int64) - 1
    character = present["character"].rank("dense").to_numpy().astype(np.int64) - 1
    shape = (present["scene"].n_unique(), len(names))
    there = csr_array((np.ones(present.height, dtype=np.int32), (scene, character)), shape=shape)
    both = triu(there.T @ there, k=1, format="coo")
    return pl.DataFrame(
        {"from_character": names[both.row], "to_character": names[both.col], "scenes": both.data},
        schema_overrides={"scenes": pl.Int32},
    )


def measure_frame(cast: list[str], links: pl.DataFrame, scenes: bool, seed: int = 0) -> pl.DataFrame:
    """character, degree, betweenness, pagerank, community of each of the cast, in its order.

    Degree, betweenness and community are of the network of shared scenes (communities weighted by how many, found by
    the Louvain method), and null where the script has no scenes. PageRank runs along who speaks to whom, weighted by
    speeches, with a damping of 0.85: it is high for those who are spoken to by those who are spoken to.

    Source: Freeman 1977 (betweenness), Page et al. 1999, Blondel et al. 2008 (Louvain).
    """
    import networkx as nx
    import polars as pl

    number = {name: place for place, name in enumerate(cast)}
    shares, speaks = nx.Graph(), nx.DiGraph()
    shares.add_nodes_from(range(len(cast)))
    speaks.add_nodes_from(range(len(cast)))
    for kind, one, other, together, speeches in links.select(
        "kind", "from_character", "to_character", "scenes", "speeches"
    ).iter_rows():
        if kind == "shares":
            shares.add_edge(number[one], number[other], weight=together)
        else:
            speaks.add_edge(number[one], number[other], weight=speeches)
    places = range(len(cast))
    degree: Mapping[int, float | None] = dict.fromkeys(places)
    betweenness: Mapping[int, float | None] = dict.fromkeys(places)
    community: Mapping[int, int | None] = dict.fromkeys(places)
    if scenes:
        sources = None if len(cast) <= _MOST_EXACT else _SOURCES
        degree = nx.degree_centrality(shares) if len(cast) > 1 else dict.fromkeys(places, 0.0)
        betweenness = nx.betweenness_centrality(shares, k=sources, seed=seed)
        community = _communities(shares, seed)
    rank = nx.pagerank(speaks, weight="weight") if cast else {}
    return pl.DataFrame(
        {
            "character": cast,
            "degree": [degree[place] for place in places],
            "betweenness": [betweenness[place] for place in places],
            "pagerank": [rank[place] for place in places],
            "community": [community[place] for place in places],
        },
        schema={
            "character": pl.String, "degree": pl.Float64, "betweenness": pl.Float64, "pagerank": pl.Float64,
            "community": pl.Int32,
        },
    )  # fmt: skip


def _communities(shares: nx.Graph[int], seed: int) -> dict[int, int]:
    """Community of each node, counted from 1, the largest first and the one with the lowest node first among equals."""
    import networkx as nx

    found = nx.community.louvain_communities(shares, weight="weight", seed=seed) if len(shares) else []
    ordered = sorted(found, key=lambda members: (-len(members), min(members)))
    return {node: place for place, members in enumerate(ordered, 1) for node in members}
