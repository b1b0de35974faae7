"""All layouts that are known, from every module of `layouts`."""

from importlib import import_module
from pkgutil import iter_modules

from specharness.importers import layouts
from specharness.importers.judgement import Layout


def _collected() -> tuple[Layout, ...]:
    names = sorted(module.name for module in iter_modules(layouts.__path__))
    modules = [import_module(f"{layouts.__name__}.{name}") for name in names]
    return tuple(layout for module in modules for layout in module.LAYOUTS)


LAYOUTS = _collected()
