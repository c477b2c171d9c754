"""What comes next for a lead: the laws that hold for every catalogue and every reader, and the order in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.content import FEW, Gap, Item, Next, Reader, Shelf, Worth, Worths

PERSONAS, LANGUAGES, TOPICS = ("owner", "buyer"), ("de", "nl", "en"), ("energy", "steel")
OBJECTIONS = ("too expensive", "no time now")
PHASES = ("", "awareness", "consideration", "decision")


def _or_none(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *values))


items = st.lists(
    st.builds(
        Item,
        name=st.sampled_from([f"/{number}" for number in range(12)]),
        funnel=st.sampled_from(("top", "middle", "bottom")),
        language=_or_none(LANGUAGES),
        personas=st.frozensets(st.sampled_from(PERSONAS)),
        topic=_or_none(TOPICS),
        objection=_or_none(OBJECTIONS),
    ),
    max_size=12,
    unique_by=lambda item: item.name,
)
readers = st.builds(
    Reader,
    phase=st.sampled_from(PHASES),
    persona=_or_none((*PERSONAS, "nobody")),
    language=_or_none((*LANGUAGES, "fr")),
    topics=st.dictionaries(st.sampled_from(TOPICS), st.integers(1, 5)),
    objections=st.lists(st.sampled_from(("it is Too  expensive for us", "no time now")), max_size=2).map(tuple),
    seen=st.frozensets(st.sampled_from([f"/{number}" for number in range(12)])),
)
counts = st.integers(0, 300)
worths: st.SearchStrategy[Worths] = st.dictionaries(
    st.tuples(st.sampled_from([f"/{number}" for number in range(12)]), _or_none(PERSONAS)),
    st.tuples(counts, counts, counts, counts).map(lambda of: Worth(of[0], min(of[0], of[1]), of[2], min(of[2], of[3]))),
)


@given(items, readers, worths)
def test_nothing_is_proposed_twice(catalogue: list[Item], reader: Reader, known: Worths) -> None:
    """What a lead read or got is never what comes next."""
    answer = Shelf(catalogue, known).next_for(reader)
    assert isinstance(answer, Gap) or answer.item.name not in reader.seen


@given(items, readers, worths)
def test_no_basics_for_the_decided_and_no_price_list_for_learners(
    catalogue: list[Item], reader: Reader, known: Worths
) -> None:
    """Whatever else speaks for them: topic, objection, effect."""
    answer = Shelf(catalogue, known).next_for(reader)
    if isinstance(answer, Next):
        assert (reader.phase, answer.item.funnel) != ("decision", "top")
        assert answer.item.funnel != "bottom" or reader.phase == "decision"
        assert reader.phase not in ("", "awareness") or answer.item.funnel == "top"


@given(items, readers, worths)
def test_what_is_proposed_is_for_the_lead(catalogue: list[Item], reader: Reader, known: Worths) -> None:
    """In its language, for its persona, of the catalogue."""
    answer = Shelf(catalogue, known).next_for(reader)
    if isinstance(answer, Next):
        assert answer.item in catalogue
        assert answer.item.language in ("", reader.language or "en")
        assert not answer.item.personas or reader.persona in answer.item.personas
        assert answer.reasons


@given(items, readers, worths, st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order(
    catalogue: list[Item],
    reader: Reader,
    known: Worths,
    random: object,
) -> None:
    """Nor on when it is asked: the same catalogue and the same lead give the same item for the same reasons."""
    shuffled = list(catalogue)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    turned = Reader(
        reader.phase,
        reader.persona,
        reader.language,
        dict(reversed(list(reader.topics.items()))),
        reader.objections[::-1],
        reader.seen,
    )
    answers = [Shelf(catalogue, known).next_for(reader), Shelf(shuffled, known).next_for(turned)]
    assert answers[0] == answers[1]


@given(items, readers)
def test_all_that_fits_is_proposed_in_the_end(catalogue: list[Item], reader: Reader) -> None:
    """Whoever gets one after the other gets each once, and then hears that all has been seen."""
    shelf, seen, answer = Shelf(catalogue), reader.seen, Shelf(catalogue).next_for(reader)
    for _ in catalogue:
        if isinstance(answer, Gap):
            break
        seen |= {answer.item.name}
        answer = shelf.next_for(Reader(reader.phase, reader.persona, reader.language, seen=seen))
    assert isinstance(answer, Gap)


def _first(*catalogue: Item, known: Worths | None = None, **of: object) -> str:
    answer = Shelf(catalogue, known).next_for(Reader(**of))  # type: ignore[arg-type]
    assert isinstance(answer, Next)
    return answer.item.name


def test_an_answer_to_a_noted_objection_goes_first() -> None:
    """Even before what is nearer to the phase, as long as it serves the phase at all."""
    price, case = Item("/a", "middle", objection="Too expensive"), Item("/b", "bottom")
    assert _first(price, case, phase="decision", objections=("it is too  expensive for us",)) == "/a"
    assert _first(price, case, phase="decision") == "/b"


def test_of_the_same_stage_what_the_lead_reads_about_goes_first() -> None:
    """Then what is made for its persona, then the name."""
    steel, energy = Item("/a", "top", topic="steel"), Item("/b", "top", topic="energy")
    assert _first(steel, energy, topics={"energy": 1}) == "/b"
    own = Item("/c", "top", personas=frozenset({"owner"}))
    assert _first(steel, own, persona="owner") == "/c"


def test_what_helped_many_goes_before_what_helped_a_few_by_chance() -> None:
    """Three of three prove less than sixty of a hundred."""
    few, many = Worth(3, 3, 200, 60), Worth(100, 60, 200, 60)
    assert 0 < few.lift < many.lift
    known = {("/a", ""): few, ("/b", ""): many}
    assert _first(Item("/a", "top"), Item("/b", "top"), known=known) == "/b"
    told = Shelf([Item("/a", "top")], known).next_for(Reader())
    assert isinstance(told, Next)
    assert [reason.code for reason in told.reasons] == ["next_begin", "next_few"]
    assert few.readers < FEW


def test_a_gap_tells_the_first_thing_that_nothing_fits() -> None:
    """Phase, persona, language, and at last that all has been seen."""

    def why(*catalogue: Item, **of: object) -> str:
        answer = Shelf(catalogue).next_for(Reader(**of))  # type: ignore[arg-type]
        assert isinstance(answer, Gap)
        return answer.reason.code

    owner = frozenset({"owner"})
    assert why() == "gap_begin"
    assert why(Item("/a", "top"), phase="decision") == "gap_phase"
    assert why(Item("/a", "top", personas=owner), persona="buyer") == "gap_persona"
    assert why(Item("/a", "top", personas=owner)) == "gap_nobody"
    assert why(Item("/a", "top", "de"), language="nl") == "gap_language"
    assert why(Item("/a", "top"), seen=frozenset({"/a"})) == "gap_seen"


def test_equals_go_by_name_and_objections_by_their_words() -> None:
    """So that neither the order of the catalogue nor that of what was noted decides."""
    one, other = Item("/a", "top", objection="late"), Item("/b", "top", objection="late")
    for catalogue in ([one, other], [other, one]):
        for noted in (("too late", "always late"), ("always late", "too late")):
            answer = Shelf(catalogue).next_for(Reader(objections=noted))
            assert isinstance(answer, Next)
            assert answer.item.name == "/a"
            assert answer.reasons[0].params["objection"] == "always late"
