/** A titled region of the desk. */
import type { ReactNode } from "react";

import styles from "./panel.module.css";

interface PanelProps {
  label: string;
  title?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Panel({ label, title, actions, className = "", children }: PanelProps) {
  return (
    <section className={`${styles.panel ?? ""} ${className}`} aria-label={label}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.header}>
          {title !== undefined && <h2 className={styles.title}>{title}</h2>}
          <div className={styles.actions}>{actions}</div>
        </header>
      )}
      {children}
    </section>
  );
}
