"""Write the embedded sample data set, data/sample.csv.gz, from the seeded generator."""

from pathlib import Path

from forecasting.timeseries.synthetic import csv_bytes, generate

if __name__ == "__main__":
    path = Path(__file__).resolve().parent.parent / "data" / "sample.csv.gz"
    path.write_bytes(csv_bytes(generate()))
    print(f"wrote {path}")
