import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

/**
 * Goes to another page once. The router's own `Navigate` goes again at every rendering, and while the other page is still
 * being loaded each going renders this one: an endless loop.
 */
export function Redirect(props: { to: string }) {
  const router = useRouter();
  const { to } = props;
  useEffect(() => {
    router.history.replace(to);
  }, [router, to]);
  return null;
}
