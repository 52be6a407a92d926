/** Who is signed in, the way to the admin, and the way out. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconExternalLink, IconLogout, IconSettings, IconUserCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import type { Me } from "@/types/models";

import { useSignOut } from "../api/sign-out";

interface UserMenuProps {
  user: Me;
  onSignedOut: () => void;
  onFailure: (title: string, error: unknown) => void;
}

export function UserMenu({ user, onSignedOut, onFailure }: UserMenuProps) {
  const signOut = useSignOut();
  const leave = () => signOut.mutate(undefined, { onSuccess: onSignedOut, onError: (error) => onFailure("Could not sign out", error) });
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`User menu of ${user.username}`}>
          <IconUserCircle size={20} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.username}</Menu.Label>
        <Menu.Item component={Link} to="/settings" leftSection={<IconSettings size={15} aria-hidden />}>
          Settings
        </Menu.Item>
        {user.is_staff && (
          <Menu.Item component="a" href="/admin/" leftSection={<IconExternalLink size={15} aria-hidden />}>
            Admin
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
