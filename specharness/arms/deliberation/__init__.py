"""Arms that think, draft or try several answers before they answer, one method a file."""
