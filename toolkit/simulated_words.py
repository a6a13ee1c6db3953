"""The words of simulated titles: genres with their two sides, people, places, and how often each genre is made.

All of it is invented for the simulator. A genre has two sides, such as the slasher and the haunting in Horror:
a title's genre label does not tell them apart, its plot and cast do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Side:
    """One side of a genre: who its stories are about, where they are set, what happens, which tags they get."""

    heroes: tuple[str, ...]
    settings: tuple[str, ...]
    deeds: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Genre:
    """A genre: its name, its share of what is made, the nouns of its titles, its mean runtime and its two sides."""

    name: str
    share: float
    nouns: tuple[str, ...]
    runtime: float
    sides: tuple[Side, Side]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


def _genre(name: str, share: float, runtime: float, nouns: str, first: str, second: str) -> Genre:
    """A genre out of text: a side is four lines (heroes, settings, deeds, tags) of words divided by bars."""
    sides = [Side(*(_words(line) for line in side.strip().splitlines())) for side in (first, second)]
    return Genre(name, share, _words(nouns), runtime, (sides[0], sides[1]))


GENRES: tuple[Genre, ...] = (
    _genre(
        "Drama",
        0.20,
        112,
        "Mothers | Silence | Inheritance | Winter | Promise | Orchard | Letter | Daughters",
        """a widowed schoolteacher | an ailing patriarch | the younger of two estranged sisters
        a fishing village | a farmhouse after the funeral | a small flat above a bakery
        must forgive an old betrayal | cares for a dying parent | learns of a lost child | sells the family home
        family | grief""",
        """a young barrister | a factory steward | a disgraced politician
        a crowded courtroom | a mill town on strike | the corridors of parliament
        defends a man whom nobody believes | leads a strike | exposes a ministry's lie | refuses to sign
        injustice | true to life""",
    ),
    _genre(
        "Comedy",
        0.15,
        98,
        "Wedding | Neighbours | Holiday | Landlord | Bargain | Lottery | Picnic | Cousins",
        """a hapless best man | a bankrupt magician | the poorest of three flatmates
        a seaside caravan park | a crowded registry office | the office canteen
        loses the ring, the cake and the groom | pretends to be a doctor | crashes the wrong party | wins a goat
        slapstick | feel-good""",
        """a pompous critic | an idle duke | a deadpan clerk
        a country house | a ministry of forms | a village of writers
        talks himself into a duel | forges a masterpiece | runs for mayor by mistake | insults everyone at dinner
        satire | dry wit""",
    ),
    _genre(
        "Thriller",
        0.11,
        110,
        "Witness | Conspiracy | Signal | Hostage | Alibi | Courier | Deadline | Informant",
        """a retired spy | a double agent | a junior analyst
        an embassy in a divided city | a safe house | a night train
        decodes a message meant for the enemy | smuggles out a defector | hunts a mole | runs from both sides
        espionage | conspiracy""",
        """an insomniac nurse | an obsessive neighbour | a psychiatrist
        an isolated clinic | a glass house in the woods | an empty tower block
        doubts her own memory | is watched through the wall | plays a deadly mind game | wakes in a stranger's bed
        psychological | twist ending""",
    ),
    _genre(
        "Action",
        0.10,
        114,
        "Strike | Fury | Convoy | Vengeance | Armour | Storm | Bullet | Outpost",
        """an ex-commando | a bomb disposal expert | a mercenary crew
        a hijacked tanker | a besieged airport | a jungle base
        fights through forty floors | rescues the hostages | defuses the last bomb | storms the fortress
        explosions | gunfight""",
        """a getaway driver | a stunt rider | a martial arts master
        the docks at midnight | a town on the desert highway | a hidden temple
        races against a cartel | avenges her teacher | enters a forbidden tournament | outruns the whole city
        car chase | martial arts""",
    ),
    _genre(
        "Romance",
        0.09,
        104,
        "Kiss | Summer | Hearts | Waltz | Rendezvous | Roses | Bride | Moonlight",
        """a shy florist | a travel writer | one of two rival bakers
        a café in the rain | a Greek island | a bookshop
        falls for the wrong twin | misses the last ferry | confesses love at the station | swaps two letters
        sweet | meet cute""",
        """a governess | a soldier on leave | a married pianist
        a manor in Regency times | a port in wartime | a sanatorium
        loves above her station | waits years for a letter | gives up everything for one night | breaks an engagement
        period romance | tear-jerker""",
    ),
    _genre(
        "Horror",
        0.08,
        95,
        "Cellar | Curse | Hollow | Scream | Grave | Coven | Asylum | Flesh",
        """a band of campers | a masked killer | a babysitter
        an abandoned summer camp | a motel off the road | a slaughterhouse
        is stalked one by one | hides from the axe | finds the first body | must survive until dawn
        slasher | gore""",
        """a grieving mother | a sceptical priest | a medium
        a haunted manor | a drowned village | a sealed nursery
        hears the dead child sing | opens the cursed book | exorcises a demon | sees a ghost in the mirror
        haunted house | slow dread""",
    ),
    _genre(
        "Science Fiction",
        0.07,
        116,
        "Orbit | Colony | Nebula | Machine | Horizon | Android | Signalman | Eclipse",
        """a starship captain | a salvage crew | an alien envoy
        a dying colony | an orbital station | a far arm of the galaxy
        answers a distress call | makes first contact | steers into the wormhole | holds off the invasion
        space | aliens""",
        """a rogue android | a memory engineer | a clone
        a city under surveillance | a laboratory of the near future | a simulated world
        questions who made her | rewrites yesterday | escapes the algorithm | meets his own copy
        artificial intelligence | dystopia""",
    ),
    _genre(
        "Fantasy",
        0.05,
        118,
        "Dragon | Kingdom | Sorcerer | Crown | Oracle | Griffin | Amulet | Throne",
        """a reluctant knight | an exiled queen | a dwarf smith
        a kingdom under siege | the dragon's mountain | a ruined throne room
        forges the last sword | reclaims the crown | slays the dragon | unites the clans
        sword and sorcery | epic""",
        """an orphan with a gift | a talking cat | an apprentice witch
        a school of magic | a door in the garden | an enchanted market
        breaks a fairy bargain | learns a forbidden spell | befriends a giant | follows the lantern folk
        magic | fairy tale""",
    ),
    _genre(
        "Crime",
        0.06,
        109,
        "Heist | Ledger | Verdict | Syndicate | Detective | Racket | Vault | Ransom",
        """a weary detective | a village constable | a forensic clerk
        a rain-soaked precinct | a locked library | a quiet parish
        solves a twenty-year-old murder | questions the last witness | finds the missing knife | reopens the case
        whodunit | detective""",
        """a safe-cracker | a mob accountant | a crime family's heir
        a casino vault | the back room of a club | a pawnshop
        plans one last heist | cooks the books | betrays the boss | launders a fortune
        heist | gangster""",
    ),
    _genre(
        "Documentary",
        0.04,
        88,
        "Archive | Glacier | Voices | Harvest | River | Witnesses | Workshop | Migration",
        """a glaciologist | a wildlife ranger | a beekeeper
        the Arctic shelf | a vanishing rainforest | a coral reef
        follows a herd for a year | measures the melting ice | films the last pair of their kind | plants a forest
        nature | environment""",
        """an archivist | a veteran reporter | a forgotten composer
        a newspaper's last office | a sealed state archive | a touring orchestra
        recalls the year of the uprising | opens the secret files | interviews the survivors | restores a lost film
        history | interviews""",
    ),
    _genre(
        "Animation",
        0.03,
        86,
        "Penguin | Toybox | Acorn | Balloon | Robot | Puddle | Whiskers | Lighthouse",
        """a brave little penguin | a runaway toy | a clumsy bear cub
        a toyshop at night | a frozen bay | a city zoo
        finds the way home | learns to fly | throws a birthday for the moon | saves the nursery
        for children | cute animals""",
        """a paper boy | a giant robot | a girl made of ink
        a hand-drawn city | a floating island | a clockwork world
        draws a way out | pilots the last machine | crosses the sea of clouds | trades her shadow
        hand-drawn | surreal""",
    ),
    _genre(
        "Western",
        0.02,
        106,
        "Canyon | Saddle | Gunslinger | Prairie | Marshal | Stagecoach | Dust | Frontier",
        """a tired marshal | a bounty hunter | a gunslinger
        a frontier saloon | a dusty main street | a silver mine
        faces three brothers at noon | brings in the outlaw alive | robs the stagecoach | draws first
        shoot-out | outlaws""",
        """a cattle drover | a homesteader | a railway surveyor
        the open prairie | a winter camp | a river camp
        drives the herd north | defends the well | buries a partner | lives through the blizzard
        landscape | pioneers""",
    ),
)

ADJECTIVES = _words(
    "Silent | Crimson | Hidden | Last | Broken | Golden | Distant | Burning | Lonely | Velvet | Restless | Hollow | "
    "Forgotten | Northern | Second | Bitter | Gentle | Savage | Pale | Endless | Borrowed | Crooked | Iron | "
    "Midnight | Secret | Wandering | Glass | Paper | Quiet | Reckless | Scarlet | Seventh | Stolen | Sunken | "
    "Tender | Unwritten | Vanishing | Wayward | Weary | Winter | Faithful | Frozen | Humble | Invisible | Little | "
    "Lucky | Narrow | Patient"
)
NOUNS = _words(
    "Road | House | Garden | Night | River | Stranger | Island | Mirror | Season | Bridge | Tower | Window | Shadow "
    "| Journey | Game | Harbour | Clock | Song | Valley | Door | Key | Lantern | Station | Tide | Field | Lesson | "
    "Crossing"
)
PLACES = _words(
    "Ashmoor | Bellhaven | Caldermere | Dunholt | Eastwick Bay | Fennbridge | Greyport | Hallowdale | Isle Corran | "
    "Jessup Creek | Kestrel Point | Lindenau | Marrow Hill | New Tarsis | Oldmarsh | Port Verity | Quillon | "
    "Ravensford | Saint Orme | Thornbury Cross | Umberlea | Vellmar | Westerfold | Yarrow Sound | Zellin | "
    "Brackwater"
)
FIRST_NAMES = _words(
    "Ada | Alaric | Amina | Anselm | Beatriz | Bram | Calla | Cedric | Dagny | Dario | Edda | Elio | Esme | Farid | "
    "Freya | Gideon | Greta | Hana | Hugo | Ilse | Imran | Ines | Isolde | Jonas | Juno | Kaito | Katya | Lars | "
    "Leila | Linus | Mabel | Marek | Mina | Nadia | Niall | Nora | Odette | Olin | Oona | Pascal | Petra | Quentin "
    "| Rafael | Rhea | Rosalind | Ruben | Sabine | Samir | Selma | Silas | Tamsin | Theo | Tove | Ulla | Vera | "
    "Viggo | Wanda | Xenia | Yara | Yusuf | Zadie | Zoran"
)
LAST_NAMES = _words(
    "Abernall | Aldous | Ashgrove | Bergvall | Birchley | Brandauer | Callowell | Carnavon | Castellane | Corvino | "
    "Dacre | Delorne | Drummage | Eastlake | Ekdahl | Falconet | Farrowby | Fenwright | Galloise | Garrick-Low | "
    "Grimaud | Halvorsen | Harkaway | Hollins | Ibarrola | Ivesdale | Jarnefelt | Jessamy | Kalloway | Kestner | "
    "Kovarik | Lachance | Larkspur | Lindqvist | Lorimar | Mandeville | Marchetti | Mirza | Montrose | Nakadai | "
    "Nightingale | Norrland | Okonjo | Oldcastle | Orsini | Palladine | Pemberlow | Petrakis | Quarrington | Quist "
    "| Ravenhall | Redfern | Rosamund | Saltmarsh | Sarkisian | Severin | Silverlock | Tamarind | Thackeray-Voss | "
    "Trevanion | Ulverston | Vandermeer | Varga | Vasquine | Wexcombe | Whitlock | Winterbourne | Wolfram | Yamane "
    "| Yelverton | Zabriskie | Zellweg"
)
ENDINGS = _words(
    "Nothing will be the same again. | Time is running out. | Only one of them knows the truth. | The price is "
    "higher than anyone thought. | Then an unexpected guest arrives. | A single mistake changes everything. | But "
    "the past has not finished with them. | Help comes from where nobody looked. | In the end a choice has to be "
    "made. | Someone is not who they say they are."
)
OPINIONS = _words("masterpiece | overrated | underrated | boring | rewatch | great cast")
OCCUPATIONS = _words(
    "student | teacher | engineer | nurse | retired | artist | clerk | farmer | lawyer | programmer | shopkeeper | "
    "driver | scientist | homemaker | manager | chef"
)
CINEMAS = _words(
    "Harbour Picture House | Regent Row Cinema | The Lantern | Northgate Screens | Old Mill Kino | The Meridian | "
    "Castle Street Cinema | Palace of Light | Riverside Screens | The Little Apollo | Quayside Kino | Station "
    "Cinema"
)
