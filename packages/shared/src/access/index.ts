export {
  ACTIONS,
  ROLES,
  can,
  refusal,
  type Action,
  type Actor,
  type ProjectAction,
  type Role,
} from "./access.ts";
