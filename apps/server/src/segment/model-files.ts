import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { ApiError } from "@limn/shared/api";
import { z } from "zod";
import type { BlobStore } from "../blobs/blobs.ts";

/** A file of a model: on this machine, or in the blob store. Equal hashes are equal files. */
type ModelPlace = { readonly path: string } | { readonly key: string };
type Stored = ModelPlace & { readonly sha256: string; readonly bytes: number };

/** The files of a network that can be asked, by what they are. */
export type StoredFiles =
  | { readonly network: Stored }
  | { readonly encoder: Stored; readonly decoder: Stored };

/** A file that a worker can load. */
export interface LoadableFile {
  readonly path: string;
  readonly sha256: string;
}

/** What a browser needs of a network with files of its own: the whole of it, or the part that answers prompts. */
export function browserFile(files: StoredFiles) {
  return "network" in files
    ? ({ role: "network", file: files.network } as const)
    : ({ role: "decoder", file: files.decoder } as const);
}

/** The file with this role; null: the network has none. */
export function fileOf(files: StoredFiles, role: "network" | "encoder" | "decoder") {
  if ("network" in files) return role === "network" ? files.network : null;
  return role === "network" ? null : files[role];
}

/** Null when its blob is missing. */
export async function readModelFile(blobs: BlobStore, file: Stored): Promise<Readable | null> {
  return "path" in file ? createReadStream(file.path) : blobs.get(file.key);
}

interface OpenFile extends LoadableFile {
  release(): Promise<void>;
}

/** @throws ApiError when its blob is missing */
export async function openModelFile(blobs: BlobStore, file: Stored): Promise<OpenFile> {
  const { sha256 } = file;
  if ("path" in file) return { path: file.path, sha256, release: () => Promise.resolve() };
  const blob = await blobs.asFile(file.key);
  if (!blob)
    throw new ApiError(
      "unavailable",
      "The network's file is missing on the server: let a lead remove it and bring it again.",
    );
  return { path: blob.path, sha256, release: () => blob.release() };
}

const uploaded = z.object({ key: z.string(), sha256: z.string(), bytes: z.number() });
const uploadedFiles = z.union([
  z.strictObject({ network: uploaded }),
  z.strictObject({ encoder: uploaded, decoder: uploaded }),
]);
export type UploadedFiles = z.infer<typeof uploadedFiles>;

/** Of the column `files` of a model's row. */
export function readUploadedFiles(json: string): UploadedFiles {
  return uploadedFiles.parse(JSON.parse(json));
}

/** Below it lies all that belongs to one uploaded model; below the project's, all of a project. */
export const uploadFolder = (projectId: string, modelId?: string): string =>
  modelId === undefined ? `models/${projectId}` : `models/${projectId}/${modelId}`;
