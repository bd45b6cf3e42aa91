import { describeBlobs } from "./contract.ts";
import { openDiskBlobs } from "./disk.ts";

describeBlobs("a folder", openDiskBlobs);
