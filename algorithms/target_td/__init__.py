"""Why target networks stabilise TD: a laboratory (Fellows, Smith and Whiteson 2023)."""
