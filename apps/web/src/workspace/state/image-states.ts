import type { Image } from "@limn/shared/api";

export const STATE_LABELS: Record<Image["state"], string> = {
  todo: "To do",
  "in-progress": "In progress",
  ready: "Ready for review",
  accepted: "Accepted",
  returned: "Returned",
};

export const STATE_COLORS: Record<Image["state"], string> = {
  todo: "#8A8F98",
  "in-progress": "#4C9AFF",
  ready: "#F5A524",
  accepted: "#30A46C",
  returned: "#E5484D",
};
