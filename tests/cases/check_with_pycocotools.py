"""Reads an export of Limn with pycocotools and compares with the committed answers.

usage: check_with_pycocotools.py [--update]
Needs pycocotools (2.0.11 made the committed answers). `npm test` compares the server's export with the file read here.
"""

import json
import pathlib
import sys

from pycocotools import mask as rle_tools
from pycocotools.coco import COCO

VERSION = "2.0.11"
FOLDER = pathlib.Path(__file__).parent / "pycocotools"


def read_answers(path):
    coco = COCO(str(path))
    annotations = []
    for number in coco.getAnnIds():
        annotation = coco.anns[number]
        # A box has no segmentation: pycocotools needs one, and evaluates boxes by `bbox` alone.
        if annotation["segmentation"] == []:
            rle = None
        else:
            rle = coco.annToRLE(annotation)
            rle = {"size": list(rle["size"]), "counts": rle["counts"]}
            if isinstance(rle["counts"], bytes):
                rle["counts"] = rle["counts"].decode()
        annotations.append(
            {
                "id": number,
                "iscrowd": annotation["iscrowd"],
                "area": annotation["area"] if rle is None else int(rle_tools.area(rle)),
                "bbox": annotation["bbox"] if rle is None else [int(v) for v in rle_tools.toBbox(rle)],
                "rle": rle,
            }
        )
    return {
        "version": VERSION,
        "images": len(coco.getImgIds()),
        "categories": [c["name"] for c in coco.loadCats(coco.getCatIds())],
        "annotations": annotations,
    }


def main():
    answers = read_answers(FOLDER / "export.json")
    results = FOLDER / "results.json"
    if "--update" in sys.argv[1:]:
        results.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n")
        print(f"wrote {results}")
        return
    committed = json.loads(results.read_text())
    if committed != answers:
        sys.exit("pycocotools reads the export in another way than committed: see --update.")
    print(f"pycocotools reads {len(answers['annotations'])} objects as committed")


if __name__ == "__main__":
    main()
