"""Seeded used-car listings: a table, a photo and a description that tell the price only together.

    log price = brand - .09 age - .25 log(1 + km / 50,000) + .5 log(kW / 80)       the table
              + 0 (hatchback), .15 (estate) or .35 (SUV)                           the photo
              + .12 (one owner) - .30 (engine trouble)                             the description
              - .10 spots on the photo, where the description calls them dents     photo and description
              + .20 of a red car that the description calls sporty                 photo and description
              + noise of standard deviation .05

Descriptions that mention no dents call the spots dirt, so that neither the photo nor the description alone tells their
cost. One listing in fifteen has no photo, one in twelve no description.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

BRANDS = {"Arven": 9.9, "Boltt": 9.6, "Corsaro": 10.3, "Dunant": 9.4, "Elbe": 10.0, "Fjord": 9.75}
BODIES = ("hatchback", "estate", "suv")
PREMIUM = (0.0, 0.15, 0.35)
COLOURS = {"red": (190, 30, 35), "blue": (40, 70, 170), "white": (235, 235, 235), "black": (45, 45, 50),
           "green": (40, 120, 60), "silver": (165, 170, 175)}  # fmt: skip
SPOT = (95, 70, 40)
HEIGHT, WIDTH = 24, 32

OPENERS = ("For sale: my {brand}.", "{brand}, ready to drive.", "Selling this {brand} because of a new job.",
           "Well known {brand} from the family.")  # fmt: skip
OWNER = ("One owner from new, full service history.", "First hand, every service stamped.")
TROUBLE = ("The engine light is on.", "Engine loses oil and needs work.")
DENTS = ("Dents as in the photo.", "Some dents in the body, see picture.")
DIRT = ("Photographed after a muddy road, a wash will do.", "The spots are dirt, no dents at all.")
SPORT = ("Sporty trim with bucket seats.", "Sports package, lowered.")
CALM = ("Comfortable seats and a towbar.", "Quiet and easy to park.", "Winter tyres included.")
CLOSERS = ("Call after six.", "No swaps.", "Inspection next year.", "Price is negotiable.")

Pixels = npt.NDArray[np.uint8]


def used_cars(rows: int = 1000, seed: int = 11) -> tuple[pd.DataFrame, list[Pixels]]:
    """Return listings and their photos.

    Args:
        rows: Number of listings.
        seed: Seed of the generator.

    Returns:
        Columns ``brand``, ``fuel``, ``age_years``, ``mileage_km``, ``power_kw``, ``photo`` (a file's name, or missing),
        ``description`` (or missing) and ``price_eur``; and a photo a listing, uint8 ``(24, 32, 3)``.

    Example:
        >>> frame, photos = used_cars(3)
        >>> frame.columns.tolist()[-3:], photos[0].shape
        (['photo', 'description', 'price_eur'], (24, 32, 3))
    """
    rng = np.random.default_rng(seed)
    brand = rng.choice(list(BRANDS), rows)
    fuel = rng.choice(["petrol", "diesel", "hybrid"], rows, p=[0.5, 0.35, 0.15])
    age = np.clip(rng.gamma(3.0, 2.4, rows), 0.5, 20).round(1)
    mileage = (age * rng.uniform(6_000, 22_000, rows)).round(-2)
    power = np.clip(rng.normal(95, 28, rows), 45, 220).round()
    body = rng.integers(0, 3, rows)
    colour = rng.choice(list(COLOURS), rows)
    spots = rng.integers(0, 7, rows)
    owner, trouble, dents, sport = (rng.random(rows) < share for share in (0.4, 0.2, 0.5, 0.4))
    log_price = np.array([BRANDS[name] for name in brand]) - 0.09 * age - 0.25 * np.log1p(mileage / 50_000)
    log_price += 0.5 * np.log(power / 80) + np.array(PREMIUM)[body] + 0.12 * owner - 0.30 * trouble
    log_price += -0.10 * spots * dents + 0.20 * ((colour == "red") & sport) + rng.normal(0, 0.05, rows)
    texts = [_description(rng, brand[i], owner[i], trouble[i], dents[i], sport[i]) for i in range(rows)]
    photos = [_photo(rng, int(body[i]), COLOURS[colour[i]], int(spots[i])) for i in range(rows)]
    names = [f"{i:04d}.png" for i in range(rows)]
    frame = pd.DataFrame({"brand": brand, "fuel": fuel, "age_years": age, "mileage_km": mileage.astype(int),
                          "power_kw": power.astype(int), "photo": names, "description": texts,
                          "price_eur": np.exp(log_price).round(-1).astype(int)})  # fmt: skip
    frame["photo"] = frame["photo"].mask(rng.random(rows) < 1 / 15)
    frame["description"] = frame["description"].mask(rng.random(rows) < 1 / 12)
    return frame, photos


def write_used_cars(folder: Path | str, rows: int = 1000, seed: int = 11) -> None:
    """Write ``used_cars.csv`` and ``used_cars.zip``, the photos of the listings that have one.

    Args:
        folder: Where.
        rows: Number of listings.
        seed: Seed of the generator.
    """
    from PIL import Image

    frame, photos = used_cars(rows, seed)
    frame.to_csv(Path(folder) / "used_cars.csv", index=False)
    with zipfile.ZipFile(Path(folder) / "used_cars.zip", "w") as archive:
        for name, pixels in zip(frame["photo"], photos, strict=True):
            if isinstance(name, str):
                buffer = io.BytesIO()
                Image.fromarray(pixels).quantize(16).save(buffer, format="PNG", optimize=True)
                archive.writestr(zipfile.ZipInfo(name), buffer.getvalue())


def _description(rng: np.random.Generator, brand: str, owner: Any, trouble: Any, dents: Any, sport: Any) -> str:
    chosen: list[tuple[str, ...]] = [DENTS if dents else DIRT, SPORT if sport else CALM, CLOSERS]
    parts = [str(rng.choice(choices)) for choices in (*chosen, *[OWNER][: int(owner)], *[TROUBLE][: int(trouble)])]
    rng.shuffle(parts)
    return " ".join([str(rng.choice(OPENERS)).format(brand=brand), *parts])


def _photo(rng: np.random.Generator, body: int, colour: tuple[int, int, int], spots: int) -> Pixels:
    """A car from the side on a road: a body of the colour, a cabin whose outline tells its kind, spots on the body."""
    pixels = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    pixels[:17] = rng.choice([(150, 190, 225), (205, 215, 220), (170, 200, 170)])
    pixels[17:] = rng.choice([(110, 110, 110), (140, 130, 115)])
    left, top = int(rng.integers(2, 6)), int(rng.integers(9, 11))
    roof = (5, 5, 7)[body]
    back = (left + 6, left + 1, left + 1)[body]
    pixels[top : top + 7, left : left + 24] = colour
    pixels[top - roof : top, back : left + 17] = colour
    pixels[top - roof + 1 : top - 1, back + 1 : left + 16] = (60, 80, 95)
    for wheel in (left + 4, left + 17):
        pixels[top + 5 : top + 9, wheel : wheel + 4] = (25, 25, 25)
    places = rng.permutation(3 * 12)[:spots]
    for row, column in zip(places // 12, places % 12, strict=True):
        pixels[top + row * 2 : top + row * 2 + 1, left + column * 2 : left + column * 2 + 2] = SPOT
    return pixels
