/** Why a model cannot be taken: one sentence for whoever gave it. */
export class ModelRefusal extends Error {
  override readonly name = "ModelRefusal";
}
