"""A short screenplay of our own in Fountain, and subtitles of its trailer: one story, whose names come from the seed.

It begins well, falls, and rises again, so that its emotional arc is known: acts one and three are bright, act two is
dark. The subtitles are lines of the screenplay, one a shot of the clip that `toolkit.simulated_clip` draws.
"""

from __future__ import annotations

import numpy as np

from toolkit.simulated_clip import FRAME_RATE, clip_truth
from toolkit.simulated_words import PLACES

WOMEN = ("Ada", "Dagny", "Edda", "Greta", "Leila", "Mabel", "Nora", "Oona", "Petra", "Sabine", "Tove", "Vera")
MEN = ("Anselm", "Bram", "Farid", "Gideon", "Hugo", "Jonas", "Marek", "Niall", "Pascal", "Ruben", "Silas", "Yusuf")
CINEMAS = ("The Lantern", "The Meridian", "The Little Apollo", "The Palace")
READING_SPEED, LEAD, GAP = 15.0, 4, 4  # characters a second; frames between the ends of a shot and its cue

# Fields: owner, niece and child are women and a girl, friend and rival are men; in capitals where they speak.
SCRIPT = """\
Title:
    _**The Wall by the Sea**_
Credit: an example by
Author: cinekit
Draft date: 1 January 2025
Contact:
    The harbour office
    {place}

> FADE IN:

# Act One

= A small cinema, and a town that loves it.

EXT. {place_capitals} - HARBOUR - MORNING

Sun on the water. Red boats. On a ladder {owner_capitals} (64, paint on her hands) gilds the last letter of a sign: \
_{cinema}_.

{child_capitals} (9) holds the ladder with both arms and all her strength.

{child_capitals}
Is it open tonight?

{owner_capitals}
Tonight, tomorrow, and every lovely night until I am a hundred.

{child_capitals}
(counting)
That is thirty-six years.

{owner_capitals}
Then you will have to learn to be patient.

{friend_capitals} (60), the harbour master, comes by with a bucket of silver fish. He stops and admires the sign.

{friend_capitals}
Beautiful. You make this town happy, {owner}.

{owner_capitals}
It is only light on a sheet, {friend}.

{friend_capitals}
So is the morning.

INT. {cinema_capitals} - STALLS - NIGHT

A full house. Two hundred faces in the warm glow, laughing as one. {niece_capitals} (23), usher, walks backwards up \
the aisle so as not to miss anything.

On the screen a tramp in a bowler hat falls off a pier. The audience roars.

{niece_capitals}
(whispering, to a late couple)
Good evening! Two wonderful seats, there, by the pillar. The pillar is charming too.

An OLD SAILOR in the front row hums along with the piano.

OLD SAILOR
~Bring me home when the lamps are lit,
~bring me home to you.

INT. {cinema_capitals} - BOOTH - CONTINUOUS

Tins of film to the ceiling. The projector purrs. {owner} looks down through the little window. {niece} comes in with \
two cups of tea.

{owner_capitals}
Every seat is taken. Look at them!

{niece_capitals}
I love this place. I love it more than any place in the world.

{owner_capitals}
(proud)
One day it is yours. The tins, the mice, the best view in {place}.

They touch cups. Far off, thunder.

{owner_capitals} (CONT'D)
What was that?

[[The thunder is the hinge. Everything before it is gold.]]

# Act Two

= The storm, and what it takes.

EXT. {cinema_capitals} - STREET - DAY

Rain. Tiles lie broken in the gutter. A hole gapes in the roof. {rival_capitals} (50), from the council, nails a \
notice to the door. He does not enjoy it; he does it anyway.

{owner_capitals}
What are you doing to my door?

{rival_capitals}
The roof is dangerous. You close tonight.

{owner_capitals}
It is a few bad tiles!

{rival_capitals}
(not looking at her)
It is rotten, {owner}. One more storm and it kills somebody. I am sorry.

CUT TO:

INT. COUNCIL HALL - OFFICE - DAY

A grey room. A grey table. {owner} turns a sheet of figures over, as if the other side might be kinder. {rival} \
stands at the window.

{owner_capitals}
Forty thousand. I have never seen such a terrible number.

{rival_capitals}
Without the money it will be torn down in the spring. The land is sold.

{owner_capitals}
Sold? To whom?

{rival_capitals}
For a car park.

{owner} folds the sheet very small.

{owner_capitals}
(quiet)
My mother died in the second row. She was not sad. She was watching a comedy.

INT. {cinema_capitals} - BOOTH - NIGHT

Water drips into a bucket. The projector is under a cloth. {niece} packs her bag; {owner} will not see it.

{niece_capitals}
It is over. We have lost everything.

{owner_capitals}
You give up fast.

{niece_capitals}
And you are blind! You sit here in the dark with a dead machine --

{owner_capitals}
Do not call it that.

{niece_capitals}
It is dead, it is broken, and I hate what it has done to you!

{owner_capitals} ^
Go, then! Go! I do not need your pity, and I do not need you!

Silence, but for the drip. {niece} takes the bag and goes. The door does not slam. That is worse.

EXT. {place_capitals} - STREET - NIGHT

Empty. Wet stone. {owner} walks home with a lamp that keeps going out. Lightning: for an instant the whole street is \
white.

RADIO ANNOUNCER (V.O.)
A cruel night along the coast. Two boats are lost, and no word of their crews. Stay inside. Stay afraid.

{owner} sits down on the kerb in the rain.

{owner_capitals}
(to nobody)
I am so tired. I am so awfully tired.

The lamp dies.

# Act Three

= A wall is found.

INT. {owner_capitals}'S KITCHEN - DAWN

Grey light. {owner} at the table with her coat still on. A knock. {child_capitals} stands there with a torch, a bed \
sheet and a rabbit cut out of card.

{child_capitals}
The boats came back. All of them. So I thought you should have a film.

She hangs the sheet over the stove and lights the torch. The rabbit hops across the sheet, enormous.

{child_capitals} (CONT'D)
(being the rabbit)
Good morning, madam. I am looking for a cinema.

{owner_capitals}
(in spite of herself)
It is closed.

{child_capitals}
A wall is big enough for a film.

{owner} looks at the rabbit. Then, slowly, out of the window: at the long, blank, sunlit wall of the harbour. She \
begins to laugh.

EXT. {place_capitals} - HARBOUR WALL - DUSK

{friend} and forty others with brushes. Children with more paint than wall. {rival} comes down the steps in his good \
suit, and everybody stops.

{rival_capitals}
Have you a permit for this?

{friend_capitals}
We have a wall, and it is dirty.

{rival_capitals}
(takes off his jacket)
Then we shall paint it white. Give me a brush, please, before I think better of it.

A cheer. {owner} sees somebody at the top of the steps: {niece}, with her bag, out of breath.

{niece_capitals}
You need an usher.

{owner_capitals}
There are no seats.

{niece_capitals}
Then it will be an easy evening.

They hold each other for a long time.

DISSOLVE TO:

EXT. {place_capitals} - HARBOUR WALL - NIGHT

The whole town on blankets and upturned boats, under the stars. The projector stands on fish crates, polished, alive. \
{owner}'s hand on the switch.

{child_capitals}
Now?

{owner_capitals}
Now.

LIGHT. The wall becomes a sea, a ship, a face forty feet high. Nobody breathes, then everybody does.

{friend_capitals} (O.S.)
Oh, that is wonderful.

{niece_capitals}
Thank you for waiting for me.

{owner_capitals} ^
Thank you for coming home.

{owner} looks from the wall to the faces, gold in the light, as glad as on the first night.

{owner_capitals} (CONT'D)
It is beautiful.

EXT. {place_capitals} - HARBOUR - MORNING

Sun on the water. {child_capitals} is alone on the ladder now; {owner} holds it. A new sign on the white wall, gold \
and a little crooked:

> **{cinema_capitals}** <
> _Open every happy night_ <

{owner_capitals} (V.O.)
Thirty-six years. I shall have to learn to be patient.

> FADE OUT.

> THE END <
"""

# One line a shot of the clip: who says what; the shot with the flash has none.
TRAILER: tuple[tuple[str, str] | None, ...] = (
    ("child", "Is it open tonight?"),
    ("owner", "Every seat is taken. Look at them!"),
    ("friend", "You make this town happy, {owner}."),
    ("niece", "I love this place."),
    ("rival", "The roof is dangerous. You close tonight."),
    None,
    ("niece", "It is over. We have lost everything."),
    ("child", "A wall is big enough for a film."),
    ("rival", "Then we shall paint it white."),
    ("owner", "It is beautiful."),
)


def _names(seed: int) -> dict[str, str]:
    """Who and where: a name for each field, and the same in capitals."""
    rng = np.random.default_rng([seed, 8])
    women, men = rng.permutation(len(WOMEN)), rng.permutation(len(MEN))
    names = {
        "owner": WOMEN[women[0]],
        "niece": WOMEN[women[1]],
        "child": WOMEN[women[2]],
        "friend": MEN[men[0]],
        "rival": MEN[men[1]],
        "place": PLACES[rng.integers(len(PLACES))],
        "cinema": CINEMAS[rng.integers(len(CINEMAS))],
    }
    return names | {f"{field}_capitals": name.upper() for field, name in names.items()}


def draw_script(seed: int) -> str:
    """A screenplay of six pages in Fountain: eleven scenes, seven who speak, and most of what Fountain has."""
    return SCRIPT.format(**_names(seed))


def draw_subtitles(seed: int) -> str:
    """Subtitles (.srt) of the screenplay's trailer, timed to the clip of the same seed; each cue names who speaks."""
    names = _names(seed)
    cues: list[str] = []
    for spoken, (first, until) in zip(TRAILER, clip_truth(seed).shots, strict=True):
        if spoken is not None:
            text = spoken[1].format(**names)
            lasting = round(max(1.0, len(text) / READING_SPEED) * FRAME_RATE)
            begins, ends = first + LEAD, min(first + LEAD + lasting, until - GAP)
            speaker = names[f"{spoken[0]}_capitals"]
            cues.append(f"{len(cues) + 1}\n{_time(begins)} --> {_time(ends)}\n{speaker}: {text}\n")
    return "\n".join(cues)


def _time(frame: int) -> str:
    """The time of a frame as SubRip writes it."""
    seconds, milliseconds = divmod(round(frame * 1000 / FRAME_RATE), 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{milliseconds:03}"
