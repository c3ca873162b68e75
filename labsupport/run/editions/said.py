"""Says once in a page what several of its answers say: further down it stands in a fold.

An answer lists what it does not prove, and its remarks, in parts with the attribute `data-again`:
the title of that fold, with a place for how many sentences it holds. For JupyterLab the same is
done in frontend/src/said.ts.
"""

from __future__ import annotations

from labsupport.tree import Element, Node, element, looks, words

AGAIN = "data-again"


def fold_said(node: Node, sentences: set[str]) -> list[Node]:
    """Fold in an answer those of `sentences`, which stand above it, and add its others to them.

    >>> from labsupport.tree import as_html
    >>> answer = element("ul", element("li", "It may change."), data_again="({count})")
    >>> said = set()
    >>> for _ in range(2):
    ...     print(as_html(*fold_said(answer, said)))
    <ul><li>It may change.</li></ul>
    <details class="lab-again"><summary>(1)</summary><ul><li>It may change.</li></ul></details>
    """
    if isinstance(node, str):
        return [node]
    if node.tag == "details" and "open" not in node.attributes:
        return [_unmarked(node)]  # nobody sees it before it is unfolded
    if AGAIN in node.attributes:
        return _parted(node, sentences)
    children = [part for child in node.children for part in fold_said(child, sentences)]
    if looks(node, "lab-limits"):
        return _limits(node, children)
    return [Element(node.tag, node.attributes, tuple(children))]


def _parted(listed: Element, sentences: set[str]) -> list[Node]:
    """Return a list with what is new in it, and a fold with what is not."""
    items = [item for item in listed.children if isinstance(item, Element)]
    again = [item for item in items if words(item) in sentences]
    new = [item for item in items if words(item) not in sentences]
    sentences.update(map(words, items))
    parts: list[Node] = []
    if new:
        parts.append(Element(listed.tag, _attributes(listed), tuple(new)))
    if again:
        title = str(listed.attributes[AGAIN]).replace("{count}", str(len(again)))
        held = element(listed.tag, *again)
        parts.append(
            element("details", element("summary", title), held, class_="lab-again")
        )
    return parts


def _limits(box: Element, children: list[Node]) -> list[Node]:
    """Return the box of the limits without what is said again, and behind it that."""
    again: list[Node] = []
    new: list[Node] = []
    for child in children:
        is_again = isinstance(child, Element) and looks(child, "lab-again")
        (again if is_again else new).append(child)
    is_empty = len(new) == 1  # its title alone is left
    kept: list[Node] = (
        [] if is_empty else [Element(box.tag, _attributes(box), tuple(new))]
    )
    return kept + again


def _unmarked(node: Node) -> Node:
    if isinstance(node, str):
        return node
    return Element(node.tag, _attributes(node), tuple(map(_unmarked, node.children)))


def _attributes(node: Element) -> dict[str, str | bool]:
    unwanted = (AGAIN, "name") if looks(node, "lab-limits") else (AGAIN,)
    return {
        name: value for name, value in node.attributes.items() if name not in unwanted
    }
