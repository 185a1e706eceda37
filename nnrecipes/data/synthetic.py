"""Seeded generators of the tables that the package ships."""

import numpy as np
import pandas as pd


def harbour_trips(rows: int = 1200, seed: int = 7) -> pd.DataFrame:
    """Return fishing trips from six harbours, with the catch in kilograms.

    The catch grows with the hours at sea (less with each), falls with wind beyond 9 m/s, depends on the water's
    temperature by a curve whose best point differs by gear, and on the harbour; the noise is normal with a standard
    deviation of 18 kg. About 4 % of the water temperatures and 3 % of the gears are missing.

    Args:
        rows: Number of trips.
        seed: Seed of the generator.

    Returns:
        Columns ``harbour``, ``gear``, ``departure`` (ISO date), ``hours``, ``wind_ms`` (m/s), ``water_c`` (Celsius) and
        ``catch_kg``, shape ``(rows, 7)``.

    Example:
        >>> harbour_trips(3).columns.tolist()
        ['harbour', 'gear', 'departure', 'hours', 'wind_ms', 'water_c', 'catch_kg']
    """
    rng = np.random.default_rng(seed)
    harbours = {"Aldern": 20.0, "Brevik": -15.0, "Corran": 35.0, "Dunmore": 0.0, "Eyri": -30.0, "Fosnes": 10.0}
    best = {"line": 9.0, "net": 12.5, "pot": 7.0}
    harbour = rng.choice(list(harbours), rows, p=[0.3, 0.25, 0.18, 0.14, 0.09, 0.04])
    gear = rng.choice(list(best), rows, p=[0.45, 0.35, 0.2])
    day = rng.integers(0, 730, rows)
    hours = rng.uniform(2, 14, rows).round(1)
    wind = rng.gamma(4.0, 1.8, rows).round(1)
    water = (9.5 + 5.5 * np.sin(2 * np.pi * (day - 120) / 365.25) + rng.normal(0, 1.2, rows)).round(1)
    curve = np.exp(-(((water - np.array([best[g] for g in gear])) / 4.0) ** 2))
    catch = 28 * np.sqrt(hours) + 90 * curve - 7 * np.clip(wind - 9, 0, None) + np.array([harbours[h] for h in harbour])
    catch = np.clip(catch + rng.normal(0, 18, rows), 0, None).round(1)
    departure = (np.datetime64("2023-01-01") + day).astype(str)
    frame = pd.DataFrame({"harbour": harbour, "gear": gear, "departure": departure, "hours": hours, "wind_ms": wind,
                          "water_c": water, "catch_kg": catch})  # fmt: skip
    frame.loc[rng.random(rows) < 0.04, "water_c"] = np.nan
    frame["gear"] = frame["gear"].mask(rng.random(rows) < 0.03)
    return frame
