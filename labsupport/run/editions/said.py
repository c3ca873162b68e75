"""Says once in a page what several of its answers say: further down it stands in a fold.

An answer lists what it does not prove, and its remarks, in parts with the attribute `data-again`:
the title of that fold, with a place for how many sentences it holds. For JupyterLab the same is
done in frontend/src/said.ts.
"""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag


def fold_said(answer: BeautifulSoup, said: set[str]) -> None:
    """Fold in an answer the sentences that are `said` above it, and note the others as said.

    >>> answer = '<ul data-again="({count})"><li>It may change.</li></ul>'
    >>> said = set()
    >>> for _ in range(2):
    ...     page = BeautifulSoup(answer, "html.parser")
    ...     fold_said(page, said)
    ...     print(page)
    <ul><li>It may change.</li></ul>
    <details class="lab-again"><summary>(1)</summary><ul><li>It may change.</li></ul></details>
    """
    for listed in answer.select("[data-again]"):
        title = str(listed.attrs.pop("data-again"))
        box = listed.find_parent(class_="lab-limits") or listed
        box.attrs.pop("name", None)
        if listed.find_parent(lambda tag: tag.name == "details" and not tag.has_attr("open")):
            continue  # nobody sees it before it is unfolded
        items = listed.find_all(True, recursive=False)
        again = [item for item in items if item.get_text() in said]
        said.update(item.get_text() for item in items)
        if again:
            box.insert_after(_fold(answer, title, listed.name, again))
        if len(again) == len(items):
            box.decompose()


def _fold(page: BeautifulSoup, title: str, tag: str, items: list[Tag]) -> Tag:
    fold = page.new_tag("details", attrs={"class": "lab-again"})
    fold.append(page.new_tag("summary", string=title.replace("{count}", str(len(items)))))
    held = page.new_tag(tag)
    held.extend(items)
    fold.append(held)
    return fold
