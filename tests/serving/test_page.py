"""The page in a real headless Chromium: fill in, submit, read the answer, see an error; keyboard alone; a phone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, screenshot
from serving_rows import IRIS, picture, serving

import nnrecipes as nn

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 375, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def iris_url(iris_run: nn.Run) -> Iterator[str]:
    with serving(iris_run.path) as (_, url):
        yield url


@pytest.fixture(scope="module")
def trips_url(trips_run: nn.Run) -> Iterator[str]:
    with serving(trips_run.path) as (_, url):
        yield url


@pytest.fixture(scope="module")
def films_url(films_run: nn.RecommenderRun) -> Iterator[str]:
    with serving(films_run.path) as (_, url):
        yield url


@contextmanager
def opened(chrome: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page that has loaded, whose console stays empty and which asks nobody else."""
    context = chrome.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "status of 4" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith((url, "blob:")) else None)
    page.goto(url)
    yield page
    assert said == []
    context.close()


def fill(page: Any, row: dict[str, Any]) -> None:
    for name, value in row.items():
        page.get_by_label(name, exact=True).or_(page.get_by_label(f"{name} *")).fill(str(value))


def fits(page: Any) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_fill_in_submit_and_read_the_answer(chrome: Any, iris_url: str, iris_run: nn.Run, tmp_path: Path) -> None:
    with opened(chrome, iris_url, viewport={"width": 1200, "height": 720}) as page:
        fill(page, IRIS)
        page.get_by_role("button", name="Predict").click()
        page.locator("#answer .value").first.wait_for()
        expected = iris_run.predict({name: [value] for name, value in IRIS.items()}).iloc[0]
        assert page.locator("#answer .value").all_inner_texts()[1] == "setosa" == expected["species"]
        assert float(page.locator("#answer .value").first.inner_text()) == pytest.approx(
            expected["petal_width"], rel=1e-3
        )
        bars = page.locator("#answer progress")
        assert bars.count() == 3
        assert bars.first.evaluate("bar => bar.value") == pytest.approx(
            expected["species_probability_setosa"], abs=1e-4
        )
        assert bars.first.get_attribute("aria-label").startswith("setosa: ")
        screenshot(page, "page", tmp_path)


def test_an_error_stands_beside_its_field_and_goes_when_it_is_mended(
    chrome: Any, iris_url: str, tmp_path: Path
) -> None:
    with opened(chrome, iris_url, viewport={"width": 1200, "height": 720}) as page:
        fill(page, {**IRIS, "sepal_width": "wide"})
        page.get_by_role("button", name="Predict").click()
        field = page.get_by_label("sepal_width")
        page.locator("[aria-invalid=true]").wait_for()
        assert field.get_attribute("aria-invalid") == "true"
        assert page.evaluate("document.activeElement.name") == "sepal_width"
        described = [page.locator(f"#{name}").inner_text() for name in field.get_attribute("aria-describedby").split()]
        assert "Expected a number. Received: 'wide'." in described
        screenshot(page, "page_error", tmp_path)
        field.fill("3.5")
        assert field.get_attribute("aria-invalid") is None
        page.keyboard.press("Enter")
        page.locator("#answer .value").first.wait_for()


def test_the_keyboard_alone_is_enough(chrome: Any, trips_url: str) -> None:
    with opened(chrome, trips_url) as page:
        page.locator("#form input").first.wait_for()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        seen = []
        for _ in range(40):
            page.keyboard.press("Tab")
            kind, name = page.evaluate("(at => [at.type || at.tagName, at.name || ''])(document.activeElement)")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", (kind, name)
            if kind == "text":
                page.keyboard.type("1.5")
            elif kind == "select-one":
                page.keyboard.press("ArrowDown")
            elif kind == "submit":
                page.keyboard.press("Enter")
                break
            seen.append(name)
        page.locator("#answer .value").first.wait_for()
        assert page.evaluate("document.activeElement.id") == "result"
        assert len(set(seen) - {""}) == page.locator("#form [name]").count()


def test_every_control_has_a_label_and_every_hint_exists(chrome: Any, trips_url: str) -> None:
    with opened(chrome, trips_url) as page:
        page.locator("#form input").first.wait_for()
        bare = page.evaluate("""[...document.querySelectorAll('input, select, textarea, button')].filter(each => each.offsetParent
            && !(each.labels && each.labels.length) && !each.textContent.trim() && !each.getAttribute('aria-label')).length""")
        lost = page.evaluate("""[...document.querySelectorAll('[aria-describedby]')].flatMap(each =>
            each.getAttribute('aria-describedby').split(' ')).filter(id => !document.getElementById(id))""")
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
        assert (bare, lost, len(ids) - len(set(ids))) == (0, [], 0)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("h1").count() == 1


def test_typical_values_make_a_row_that_is_answered(chrome: Any, trips_url: str) -> None:
    with opened(chrome, trips_url) as page:
        page.get_by_role("button", name="Typical values").click()
        page.get_by_role("button", name="Predict").click()
        page.locator("#answer .value").first.wait_for()
        assert page.locator("[aria-invalid=true]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_reads_it_without_scrolling_sideways(chrome: Any, trips_url: str, scheme: str, tmp_path: Path) -> None:
    with opened(chrome, trips_url, color_scheme=scheme, **PHONE) as page:
        page.get_by_role("button", name="Predict").tap()
        page.locator("#answer .value").first.wait_for()
        assert fits(page)
        assert page.locator("#result").evaluate("box => box.getBoundingClientRect().top < window.innerHeight")
        small = page.evaluate("""[...document.querySelectorAll('input, select, textarea, #form button')].filter(each =>
            each.offsetParent && each.getBoundingClientRect().height < 40).length""")
        assert small == 0
        screenshot(page, f"page_phone_{scheme}", tmp_path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(chrome: Any, iris_url: str, scheme: str, tmp_path: Path) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1."""
    with opened(chrome, iris_url, color_scheme=scheme, viewport={"width": 1200, "height": 720}) as page:
        fill(page, {**IRIS, "sepal_width": "x"})
        page.get_by_role("button", name="Predict").click()
        page.locator("[aria-invalid=true]").wait_for()
        assert page.evaluate(CONTRAST) >= 4.5
        screenshot(page, f"page_contrast_{scheme}", tmp_path)


def test_a_history_is_picked_by_title_from_the_keyboard(
    chrome: Any, films_url: str, films_run: Any, tmp_path: Path
) -> None:
    with opened(chrome, films_url, viewport={"width": 1200, "height": 720}) as page:
        box = page.get_by_role("combobox")
        box.focus()
        page.keyboard.type("braz")
        page.get_by_role("option", name="Brazil").wait_for()
        assert box.get_attribute("aria-expanded") == "true"
        page.keyboard.press("ArrowDown")
        assert page.locator("#" + box.get_attribute("aria-activedescendant")).inner_text() == "Brazil"
        page.keyboard.press("Enter")
        page.keyboard.type("<b>")
        page.get_by_role("option", name="<b>If …</b>").wait_for()
        screenshot(page, "page_picker", tmp_path)
        page.keyboard.press("Escape")
        box.fill("")
        page.get_by_role("button", name="Recommend").click()
        page.locator(".listed li").first.wait_for()
        expected = films_run.recommend(history=["f1"], k=10)["title"].tolist()
        assert page.locator(".listed .name").all_inner_texts() == expected
        page.get_by_role("button", name=f"Add {expected[0]} to the history").click()
        assert page.locator(".chosen li span").all_inner_texts() == ["Brazil", expected[0]]
        page.get_by_role("button", name="Remove Brazil").click()
        assert page.locator(".chosen li span").all_inner_texts() == [expected[0]]
        screenshot(page, "page_recommender", tmp_path)


def test_the_token_is_asked_for_and_used(chrome: Any, iris_run: nn.Run) -> None:
    with (
        serving(iris_run.path, env={"NNRECIPES_TOKEN": "secret-word-of-16"}) as (_, url),
        opened(chrome, url) as page,
    ):
        page.get_by_label("The server's token").fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_text("The server has another token.").wait_for()
        page.get_by_label("The server's token").fill("secret-word-of-16")
        page.keyboard.press("Enter")
        fill(page, IRIS)
        page.get_by_role("button", name="Predict").click()
        page.locator("#answer .value").first.wait_for()
        assert "secret-word" not in page.url + json.dumps(page.evaluate("Object.values(localStorage)")) + page.evaluate(
            "document.cookie"
        )


def test_an_image_is_chosen_shown_and_answered(chrome: Any, tmp_path: Path) -> None:
    run = nn.train("multimodal_cars", {"training.epochs": 1, "training.callbacks.progress": False, "evaluation.plots": False,
                                       "evaluation.bootstrap": 100}, runs_dir=tmp_path / "runs")  # fmt: skip
    image = tmp_path / "car.png"
    image.write_bytes(picture((64, 48)))
    with serving(run.path) as (_, url), opened(chrome, url, **PHONE) as page:
        page.locator("input[type=file]").set_input_files(image)
        assert page.locator(".preview").evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
        page.get_by_role("button", name="Typical values").tap()
        for box in page.locator("#form input[type=text]").all():
            box.fill(box.input_value() or "3")
        page.get_by_role("button", name="Predict").tap()
        page.locator("#answer .value").first.wait_for()
        assert fits(page)
        screenshot(page, "page_image", tmp_path)
        (tmp_path / "car.png").write_bytes(picture((64, 48))[:90])
        page.locator("input[type=file]").set_input_files(image)
        page.get_by_role("button", name="Predict").tap()
        page.locator("[aria-invalid=true]").wait_for()
        assert "whole image file" in page.locator(".error:not(:empty)").first.inner_text()


CONTRAST = """(() => {
  const parts = (text) => { const found = text.match(/[\\d.]+/g).map(Number); return [...found.slice(0, 3), found.length > 3 ? found[3] : 1]; };
  const light = (colour) => colour.slice(0, 3).map((c) => c / 255).map((c) => (c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = (each) => { for (let at = each; at; at = at.parentElement) { const found = parts(getComputedStyle(at).backgroundColor); if (found[3] > 0) return found; } return [255, 255, 255, 1]; };
  const worded = [...document.querySelectorAll("body *")].filter((each) => each.offsetParent && each.getBoundingClientRect().left >= 0
    && ([...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || each.value));
  return Math.min(...worded.map((each) => { const [a, b] = [light(parts(getComputedStyle(each).color)), light(ground(each))].sort((x, y) => y - x); return (a + .05) / (b + .05); }));
})()"""
