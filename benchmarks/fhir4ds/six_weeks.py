"""One criterion over an NDJSON export with `fhir4ds-v2`, in an environment that has it.

    PYTHON benchmarks/fhir4ds/measure.py EXPORT

Prints one line of JSON: patients, processor seconds to load, and to answer once it is warm.
"""

import json
import logging
import sys
import time
from pathlib import Path

import fhir4ds

RUNS = 3


def main() -> None:
    """Load, answer, tell."""
    logging.disable(logging.WARNING)
    con = fhir4ds.create_connection()
    con.execute("SET threads = 1")
    loader = fhir4ds.FHIRDataLoader(con)
    began = time.process_time()
    for file in sorted(Path(sys.argv[1]).glob("*.ndjson")):
        loader.load_ndjson(file, strict=False)
    load = time.process_time() - began
    answers: list[float] = []
    for _ in range(RUNS):
        began = time.process_time()
        found = fhir4ds.evaluate_measure(
            Path(__file__).with_name("six_weeks.cql"), con, output_columns={"yes": "Six weeks"}
        )
        answers.append(time.process_time() - began)
    told = {"patients": len(found), "yes": int(found["yes"].sum()), "load": load}
    print(json.dumps(told | {"answer": min(answers)}))


if __name__ == "__main__":
    main()
