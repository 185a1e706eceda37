"""The usual server: FastAPI, a pydantic row, scaling by numpy, ``Model.predict``; prints its URL when it answers.

python benchmarks/serving_peer.py RUN
"""

import socket
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import create_model

import nnrecipes as nn


def main() -> None:
    run = nn.load_run(sys.argv[1])
    names = list(run.preprocessor.schema.columns)
    columns = [column for group in run.preprocessor.features_.values() for column in group.values()]
    offset = np.array([column.scaler.offset for column in columns])
    factor = np.array([column.scaler.factor for column in columns])
    species = run.spec.targets[1].classes
    model = run.model
    row_type = create_model("Row", **dict.fromkeys(names, (float, ...)))
    app = FastAPI()

    @app.post("/predict")
    def predict(row: row_type):  # type: ignore[no-untyped-def, valid-type]
        numbers = np.array([[getattr(row, name) for name in names]])
        width, probabilities = model.predict((numbers - offset) * factor, verbose=0).values()
        return {"petal_width": float(width[0, 0]), "species": species[int(probabilities[0].argmax())]}

    predict(row_type(**dict.fromkeys(names, 1.0)))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
