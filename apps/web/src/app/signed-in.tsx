import { Center, Loader } from "@mantine/core";
import { ApiError } from "@limn/shared/api";
import { Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { sentenceOf } from "../api/client.ts";
import { useHealth, useMe } from "../api/queries.ts";
import { Failure } from "../ui/failure.tsx";
import { SignInAgain } from "./sign-in-again.tsx";

/** Everything behind the sign-in: sends strangers to the right door, keeps the page when a session ends. */
export function SignedIn() {
  const me = useMe();
  const health = useHealth();
  const location = useLocation();
  if (me.data)
    return (
      <>
        <Outlet />
        <SignInAgain me={me.data} />
      </>
    );
  if (me.isPending || health.isPending)
    return (
      <Center h="100%">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (health.data?.setup) return <Navigate to="/setup" />;
  if (me.error instanceof ApiError && me.error.code === "not-signed-in")
    return <Navigate to="/sign-in" search={location.href === "/" ? {} : { next: location.href }} />;
  return (
    <Center h="100%" p="xl">
      <Failure sentence={sentenceOf(me.error)} onRetry={() => void me.refetch()} />
    </Center>
  );
}
