"""Imported before the suites: pytest then says what was compared, also where Footfall is installed from its folder."""

import pytest

pytest.register_assert_rewrite("footfall.testing._adapter", "footfall.testing._suite")
