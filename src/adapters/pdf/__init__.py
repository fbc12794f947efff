"""Certificates on paper: a PDF that one can hang on a wall."""

from __future__ import annotations

from adapters.pdf.certificates import CertificatePdf
from adapters.pdf.typeface import Garamond

__all__ = ["CertificatePdf", "Garamond"]
