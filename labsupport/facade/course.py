"""`lab.course`: questions and cases to play, facts to look up, the instructor's papers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, overload

from labsupport.declared import LONGEST_ARGUMENT
from labsupport.facade.room import Room, asks, offers
from labsupport.facade.teaching import TeachingRoom
from labsupport.kinds import Source
from labsupport.lookups import resolvers
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Statement
from labsupport.visible import cut, visible

if TYPE_CHECKING:
    from labsupport.course.case import Case
    from labsupport.course.cases import Cases, Pair
    from labsupport.course.form import Form
    from labsupport.course.questions import QuestionPage, QuestionReply
    from labsupport.course.reference import ReferenceRows
    from labsupport.course.roles import InCards, RoleCard
    from labsupport.doctor import Examination


class CourseRoom(Room, path="course"):
    """Questions and cases to play, words and facts to look up, the instructor's papers.

    >>> from labsupport import Lab
    >>> Lab("en").course.case("wrong-order").step.title
    'Two calls'
    """

    @property
    def teaching(self) -> TeachingRoom:
        """The instructor's plans and papers."""
        return TeachingRoom(self._context)

    @overload
    def question(self, key: object = "") -> QuestionPage | Explanation: ...

    @overload
    def question(self, key: object, letter: object) -> QuestionReply | Explanation: ...

    @offers('"internet-padlock"')
    def question(
        self, key: object = "", letter: object = None
    ) -> QuestionPage | QuestionReply | Explanation:
        """Show a question of the course, with a reply to each answer; with a `letter`, its reply.

        >>> from labsupport import Lab
        >>> Lab("en").course.question("dns-time", "z").sentence
        'There is no “z” here. There are: a, b and c.'
        """
        from labsupport.course import questions

        if letter is None:
            return questions.show(self._context.say, key)
        return questions.answer(self._context.say, key, letter)

    @offers('"4"')
    def guess(self, what: object = "") -> None:
        """Show a guess above the answer that comes next; without one, show nothing.

        >>> from labsupport import Lab
        >>> Lab("en").course.guess("four")
        You guessed: four
        """
        if guess := " ".join(visible(str(what)).split()):
            print(
                self._context.say(
                    "lab.you_guessed_guess", guess=cut(guess, LONGEST_ARGUMENT)
                )
            )

    @overload
    def case(self) -> Statement: ...

    @overload
    def case(
        self, name: object, *, play: Literal[False] = False
    ) -> Case | Explanation: ...

    @overload
    def case(self, name: object, *, play: Literal[True]) -> Form | Explanation: ...

    @offers('"wrong-order"', words={"name": "case"})
    def case(
        self, name: object = "", *, play: object = False
    ) -> Case | Form | Statement | Explanation:
        """Begin a case by its name, or go on with a saved one; without either, list them.

        With `play` it is a form. `.choose("a")` takes a choice, `.undo()` takes it back,
        `.save("…")` keeps what was chosen. Where the group writes an order, `.write("…")` hands it
        in. `.lab` is the lab as the choices left it. A case is always played in the lab.

        >>> from labsupport import Lab
        >>> Lab("en").course.case("wrong-order").step.title
        'Two calls'
        """
        from labsupport.course import case, case_box

        lab = self._context.in_the_lab.lab
        return case_box.show(lab, name) if play else case.show(lab, name)

    @overload
    def hearing(self) -> InCards: ...

    @overload
    def hearing(self, group: object) -> RoleCard | Explanation: ...

    @overload
    def hearing(self, group: object, decision: object) -> InCards | Explanation: ...

    @overload
    def hearing(self, *, play: Literal[True]) -> Form: ...

    @offers('"court"', words={"group": "group"})
    def hearing(
        self, group: object = "", decision: object = "", *, play: object = False
    ) -> RoleCard | InCards | Form | Explanation:
        """Show the card of one `group` of five, or what the others say to its `decision` ("a").

        Without a group, say how the hearing goes. With `play` it is a form to take a card.

        >>> from labsupport import Lab
        >>> Lab("en").course.hearing("court").file
        'role-court.html'
        """
        from labsupport.course import role_box, roles

        say = self._context.say
        return role_box.show(say) if play else roles.show(say, group, decision)

    @overload
    def real_cases(self, country: object = "") -> Cases | Explanation: ...

    @overload
    def real_cases(
        self, country: object = "", *, beside: object
    ) -> Pair | Explanation: ...

    @offers('country="Argentina"')
    def real_cases(
        self, country: object = "", *, beside: object = ""
    ) -> Cases | Pair | Explanation:
        """Show real blocking measures, with their sources: all, or those of a country.

        With `beside`, two are put side by side, each found by a part of its name.

        >>> from labsupport import Lab
        >>> len(Lab("en").course.real_cases("Ecuador").table)
        2
        """
        from labsupport.course import cases

        if beside != "":
            return cases.compare(self._context.say, country, beside)
        return cases.show(self._context.say, country=country)

    @asks('"TTL"')
    def glossary(self, word: object = "") -> Statement | Explanation:
        """Explain a word of the course; without one, list them all.

        >>> from labsupport import Lab
        >>> Lab("en").course.glossary("delegaton").sentence
        'The glossary does not have “delegaton”. Did you mean: delegation or deletion?'
        """
        from labsupport.course import glossary

        return glossary.explain(self._context.say, word)

    @asks('"hold"')
    def statuses(self, status: object = "") -> Statement | Explanation:
        """Say what the status codes of registrations mean: one, a part such as "hold", or "all".

        Without one, those that matter most.

        >>> from labsupport import Lab
        >>> print(Lab("en").course.statuses("clientHold").table["who sets it"][0])
        the registrar
        """
        from labsupport.answers import statuses

        return statuses.statuses(self._context.say, status)

    @asks('"Uruguay"')
    def contacts(self, country: object = "") -> ReferenceRows | Explanation:
        """Say who was needed in the case, and how such an actor is reached in a country.

        >>> from labsupport import Lab
        >>> Lab("en").course.contacts("Uruguay").table["in Uruguay"][1]
        'LACNIC (www.lacnic.net)'
        """
        from labsupport.course import reference

        return reference.contacts(self._context.say, country)

    @asks('"regional-registries"', words={"table": "table"})
    def reference(
        self, table: object = "", only: object = ""
    ) -> Statement | Explanation:
        """Show a table of facts about the real Internet, or its rows with one word.

        Each row has a source and a date.

        >>> from labsupport import Lab
        >>> found = Lab("en").course.reference("caribbean-registries", "curacao")
        >>> found.table["regional registry"].tolist()
        ['LACNIC']
        """
        from labsupport.course import reference

        return reference.show(self._context.say, table, only)

    @asks()
    def lines(self) -> Statement | Explanation:
        """List the lines that ask the lab: what each asks in plain words, and who sees it live.

        >>> from labsupport import Lab
        >>> Lab("en").course.lines().table["line"][0]
        'lab.ask("www.museum.example")'
        """
        from labsupport.course import reference

        return reference.questions(self._context.say)

    @offers()
    def doctor(self, *, network: object = False) -> Examination:
        """Check that everything the course needs works on this machine.

        With `network` also what the network of this room lets through: some small questions go
        to public servers then.

        >>> from labsupport import Lab
        >>> Lab("en").course.doctor().kind.name
        'FOUND'
        """
        from labsupport import doctor, network_check, real_internet

        say = self._context.say
        # The lab is examined in any case; of a live one's evidence that is no part.
        lab = self._context.apart.lab if self._context.elsewhere else self._context.lab
        if network is not True:
            examination = doctor.examine(lab)
            if network is not False:
                call = "lab.course.doctor(network=True)"
                examination.notes = (say("lab.network_well_type_lab", call=call),)
            return examination
        try:
            internet = real_internet.enter(say)
        except real_internet.CannotEnter as problem:
            examination = doctor.examine(lab)
            examination.notes = (str(problem),)
            return examination
        session = Session(
            internet.network, internet.entry, say, Source.LIVE, resolvers.ask
        )
        examination = doctor.examine(lab, network_check.examine(session))
        if sys.platform == "emscripten":
            examination.notes = (say("page.doctor"), *internet.fallback.said)
        return examination
