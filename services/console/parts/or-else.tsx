/** Content that may fail without taking the page with it. */
import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** What is shown instead once it has failed. */
  readonly instead: ReactNode;
}

/** Shows `instead` of what cannot be loaded or drawn. Only a class can catch that. */
export class OrElse extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
