"""Writes the bundles of schemas/src/test/resources/v1/signature with the model-signing package.

    pip install -r requirements.txt
    python make_fixtures.py

The keys and the signed file there are kept; signatures are random, so every call writes other ones.
"""

import pathlib
import tempfile

from model_signing import hashing, signing

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parents[1] / "schemas/src/test/resources/v1/signature"
FILE = FIXTURES / "diff.safetensors"


def sign(name: str, model: pathlib.Path, config: hashing.Config, key: str = "signing-key.pem") -> None:
    signer = signing.Config().use_elliptic_key_signer(private_key=FIXTURES / key)
    signer.set_hashing_config(config).sign(model, FIXTURES / f"{name}.sig")
    print("wrote", name)


def main() -> None:
    # What Java accepts: the command's defaults, and the same without paths to ignore.
    sign("python", FILE, hashing.Config())
    sign("python-sec1", FILE, hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False), "signing-key.sec1.pem")
    # What is well signed and yet refused: other layouts of a model than one file, other hashes, another curve.
    with tempfile.TemporaryDirectory() as directory:
        model = pathlib.Path(directory)
        (model / "diff.safetensors").write_bytes(FILE.read_bytes())
        sign("refused-directory", model, hashing.Config())
        (model / "more").write_bytes(b"more")
        sign("refused-two-files", model, hashing.Config())
    sign("refused-shards", FILE, hashing.Config().use_shard_serialization(shard_size=1_000_000_000))
    sign("refused-blake2", FILE, hashing.Config().use_file_serialization(hashing_algorithm="blake2"))
    sign("refused-p384", FILE, hashing.Config(), "p384.pem")


if __name__ == "__main__":
    main()
