"""Parts of the composition root: what `bootstrap` puts into the container, as the settings say."""
