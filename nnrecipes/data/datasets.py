"""Public data sets that may not be bundled: their files, checksums, licence and where to get them.

``size`` and ``sha256`` are of a file's content (of a ``.gz`` file once unpacked: mirrors pack it anew). They stand only
where somebody computed them from the real file; ``lines`` is what the data set's own README says.
"""

from dataclasses import dataclass
from pathlib import Path

from nnrecipes.config.cache import cache_root
from nnrecipes.errors import DataError, did_you_mean


@dataclass(frozen=True)
class File:
    """One file of a data set.

    Args:
        name: Its name in the cache.
        size: Bytes of its content, where verified.
        sha256: Of its content, where verified.
        lines: Count of lines, as published.
        aliases: Other names under which it is handed out.
    """

    name: str
    size: int | None = None
    sha256: str = ""
    lines: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataSet:
    """One data set.

    Args:
        title: What it holds.
        licence: Its terms, short.
        home: Where it is described.
        get: How to come by it, and what ``--from`` then takes.
        layouts: Sets of files, each of which is the whole data set.
    """

    title: str
    licence: str
    home: str
    get: str
    layouts: tuple[tuple[File, ...], ...]


GROUPLENS = (
    "GroupLens: research use with acknowledgement (Harper and Konstan 2015, doi.org/10.1145/2827872); no "
    "redistribution and no commercial use without permission"
)

DATASETS = {
    "mnist": DataSet(
        "70,000 handwritten digits of 28 x 28 pixels in four IDX files",
        "CC BY-SA 3.0 (LeCun, Cortes and Burges)",
        "http://yann.lecun.com/exdb/mnist/",
        "--from https://storage.googleapis.com/cvdf-datasets/mnist/ or https://ossci-datasets.s3.amazonaws.com/mnist/",
        ((
            File("train-images-idx3-ubyte.gz", 47040016,
                 "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            File("train-labels-idx1-ubyte.gz", 60008,
                 "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            File("t10k-images-idx3-ubyte.gz", 7840016,
                 "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            File("t10k-labels-idx1-ubyte.gz", 10008,
                 "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ),),
    ),
    "movielens_100k": DataSet(
        "100,000 ratings (1 to 5) of 1,682 films by 943 people",
        GROUPLENS,
        "https://grouplens.org/datasets/movielens/100k/",
        "--from https://files.grouplens.org/datasets/movielens/ml-100k.zip, or `pip download --no-deps recbole==1.2.1` "
        "and --from the wheel",
        (
            (File("u.data", lines=100000), File("u.item", lines=1682), File("u.user", lines=943)),
            (
                File("ml-100k.inter", 1979230, "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"),
                File("ml-100k.item", 66632, "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"),
                File("ml-100k.user", 22697, "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"),
            ),
        ),
    ),
    "movielens_1m": DataSet(
        "1,000,209 ratings (1 to 5) of some 3,900 films by 6,040 people",
        GROUPLENS,
        "https://grouplens.org/datasets/movielens/1m/",
        "--from https://files.grouplens.org/datasets/movielens/ml-1m.zip",
        ((File("ratings.dat", lines=1000209), File("movies.dat", lines=3883), File("users.dat", lines=6040)),),
    ),
    "ecommerce_shipping": DataSet(
        "10,999 parcels: 10 features and whether each arrived late",
        "not stated by its publisher: ask before you publish anything made of it",
        "https://www.kaggle.com/datasets/prachi13/customer-analytics",
        "download it there (an account is needed), then --from the archive or Train.csv",
        ((
            File("shipping.csv", 429462, "7f4d81e18f762de35c411f8003fe4a0565dd886a50e311729041c1aa41b076f6",
                 aliases=("Train.csv",)),
        ),),
    ),
    "california_housing": DataSet(
        "20,640 districts of California in 1990: place, rooms, people, income, and the median value of a house (USD)",
        "not stated; census data, from StatLib (Pace and Barry 1997, doi.org/10.1016/S0167-7152(96)00140-X)",
        "https://github.com/ageron/handson-ml2/tree/master/datasets/housing",
        "--from https://raw.githubusercontent.com/ageron/handson-ml2/master/datasets/housing/housing.csv",
        ((
            File("california_housing.csv", 1423529,
                 "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e",
                 aliases=("housing.csv",)),
        ),),
    ),
    "palmer_penguins": DataSet(
        "344 penguins of three species: island, sex and four measurements",
        "CC0 (Gorman, Williams and Fraser 2014, doi.org/10.1371/journal.pone.0090081)",
        "https://allisonhorst.github.io/palmerpenguins/",
        "--from https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv",
        ((File("penguins.csv", 13478, "e07636bd8af74260099ea2f8678e2eabbf35def579940cc76f67061ee16c06c1"),),),
    ),
    "coffee_reviews": DataSet(
        "1,234 coffee reviews: text, roaster, roast, origin, price, and the points that the coffee got",
        "not stated by its publisher: ask before you publish anything made of it",
        "https://www.coffeereview.com",
        "--from a folder with coffee.csv: name, roaster, roast, loc_country, origin, price_100g, rating, review_date "
        "and review",
        ((
            File("coffee.csv", 457155, "fda50aec52870440ecaa373024a91ac9ed6e0ad45c562b192985fc05fb082597"),
        ),),
    ),
    "houses": DataSet(
        "535 houses of California: rooms, area, zip code, four photos each, and the price (USD)",
        "not stated: cite Ahmed and Moustafa 2016 (Houses dataset)",
        "https://github.com/emanhamed/Houses-dataset",
        "--from a folder with photos.zip, the photos by their own names, and houses.csv: bedrooms, bathrooms, area, "
        "zip, price, and bathroom, bedroom, frontal, kitchen, which name the photos",
        ((File("houses.csv", lines=536), File("photos.zip")),),
    ),
    "rt_polarity": DataSet(
        "10,662 sentences of film reviews, half of them positive: one a line",
        "research use (Pang and Lee 2005, doi.org/10.3115/1219840.1219855)",
        "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
        "--from https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz",
        ((File("rt-polarity.pos", lines=5331), File("rt-polarity.neg", lines=5331)),),
    ),
    "temperature_forecast": DataSet(
        "7,752 rows of 25 stations in Seoul, summers 2013 to 2017: a forecast and the next day's extreme temperatures",
        "CC BY 4.0 (Cho, Yoo, Im and Cha 2020, doi.org/10.24432/C59K76)",
        "https://archive.ics.uci.edu/dataset/514/bias+correction+of+numerical+prediction+model+temperature+forecast",
        "--from the archive that the page hands out, or Bias_correction_ucl.csv",
        ((
            File("temperature_forecast.csv", 1639272,
                 "f6bb24b47c90a10a25b6947a8328219af0712d4e56e815cfc167751365403c2f",
                 aliases=("Bias_correction_ucl.csv",)),
        ),),
    ),
    "orl_faces": DataSet(
        "400 photos of 40 faces, 92 x 112 pixels, grey: a zip archive with a folder a person",
        "free, with credit to Olivetti Research Laboratory (Samaria and Harter 1994, doi.org/10.1109/ACV.1994.341300)",
        "https://cam-orl.co.uk/facedatabase.html",
        "--from a folder with the archive as orl_faces.zip (or att_faces.zip)",
        ((
            File("orl_faces.zip", 4174409,
                 "c01c9f4ff6adb251c68bb6efac660571cbd36d1b8c9ef86a37491fae39f1f425",
                 aliases=("att_faces.zip",)),
        ),),
    ),
    "ecg5000": DataSet(
        "500 heart beats of five kinds: class, then 140 samples, separated by blanks",
        "ODC-By (PhysioNet BIDMC, Baim et al. 1986; UCR archive, Dau et al. 2018)",
        "https://www.timeseriesclassification.com/description.php?Dataset=ECG5000",
        "--from https://www.timeseriesclassification.com/aeon-toolkit/ECG5000.zip",
        ((
            File("ECG5000_TRAIN.txt", 1128501, "64a73c47d5c785c9e87f2e07c71a985f451bd28e1120bfbdb91400401a09ec87"),
        ),),
    ),
}  # fmt: skip


def find_dataset(name: str) -> DataSet:
    """Return a data set by its name.

    Raises:
        DataError: There is none of that name.
    """
    if name not in DATASETS:
        near = did_you_mean(name, DATASETS)
        raise DataError(f"fetch: expected one of {', '.join(DATASETS)}. Received: {name!r}.{near}")
    return DATASETS[name]


def cached_files(name: str) -> list[Path]:
    """Return the files of a data set in the cache; none where no layout of it is whole."""
    folder = cache_root() / name
    for layout in find_dataset(name).layouts:
        paths = [folder / file.name for file in layout]
        if all(path.is_file() for path in paths):
            return paths
    return []


def how_to_fetch(path: Path) -> str:
    """Return the sentence that says how a file comes into the cache; empty for a path that is not of the cache."""
    if not path.is_relative_to(cache_root()):
        return ""
    name = path.relative_to(cache_root()).parts[0]
    if name not in DATASETS:
        near = did_you_mean(name, DATASETS)
        return f"{near} The data sets are {', '.join(DATASETS)}."
    names = [file.name for layout in DATASETS[name].layouts for file in layout]
    if path.name not in names:
        return f"{did_you_mean(path.name, names)} The files of {name} are {', '.join(names)}."
    return f" Get it with: nnrecipes fetch {name} --from FOLDER, ARCHIVE or URL."
